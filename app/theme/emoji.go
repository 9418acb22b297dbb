package theme

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// wholeEmoji has Fyne's emoji drawn as large as they are meant to be. Its font has
// each as a picture of a square, and as an outline; the picture is drawn into the
// bounds of the outline, so that a thumb, whose outline is narrow, came out half as
// large as a face. It has to happen before the first text is measured.
var wholeEmoji = sync.OnceFunc(func() {
	if emoji, ok := fynetheme.DefaultEmojiFont().(*fyne.StaticResource); ok {
		if font, ok := squared(emoji.StaticContent); ok {
			emoji.StaticContent = font
		}
	}
})

// squared returns an OpenType font of pictures in which the outlines, which are
// drawn nowhere, are empty and fill the square of their letters. It returns false
// for a font that is not of that kind.
func squared(font []byte) ([]byte, bool) {
	tables := tablesOf(font)
	head, maxp, hhea, hmtx := tables["head"], tables["maxp"], tables["hhea"], slices.Clone(tables["hmtx"])
	if tables["SVG "] == nil || tables["CFF "] == nil || len(head) < 54 || len(maxp) < 6 || len(hhea) < 36 {
		return nil, false
	}
	delete(tables, "CFF ")
	delete(tables, "DSIG") // which signs the font as it was

	// The header of a glyph: no contours, the bounds, and no instructions.
	glyph := make([]byte, 12)
	em := binary.BigEndian.Uint16(head[18:])
	binary.BigEndian.PutUint16(glyph[6:], em)
	copy(glyph[8:], hhea[4:6]) // the ascender is the top
	binary.BigEndian.PutUint16(glyph[4:], binary.BigEndian.Uint16(hhea[4:])-em)
	count := int(binary.BigEndian.Uint16(maxp[4:]))
	tables["glyf"] = slices.Repeat(glyph, count)
	loca := make([]byte, 0, 4*count+4)
	for i := range count + 1 {
		loca = binary.BigEndian.AppendUint32(loca, uint32(i*len(glyph)))
	}
	tables["loca"] = loca
	head = slices.Clone(head)
	binary.BigEndian.PutUint16(head[50:], 1) // loca has 32 bits a glyph
	tables["head"] = head

	// How far from their left the outlines stood: after the widths of the first, and
	// then for each.
	wide := 4 * int(binary.BigEndian.Uint16(hhea[34:]))
	if wide > len(hmtx) {
		return nil, false
	}
	for i := 2; i < wide; i += 4 {
		clear(hmtx[i : i+2])
	}
	clear(hmtx[wide:])
	tables["hmtx"] = hmtx
	return assemble(font[:4], tables), true
}

// tablesOf returns the tables of a font by their names.
func tablesOf(font []byte) map[string][]byte {
	tables := make(map[string][]byte)
	if len(font) < 12 {
		return nil
	}
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		if len(font) < 28+16*i {
			return nil
		}
		entry := font[12+16*i:]
		from, size := uint64(binary.BigEndian.Uint32(entry[8:])), uint64(binary.BigEndian.Uint32(entry[12:]))
		if from+size > uint64(len(font)) {
			return nil
		}
		tables[string(entry[:4])] = font[from : from+size]
	}
	return tables
}

// assemble makes a font of tables. Fyne looks at no checksums, and there are none.
func assemble(kind []byte, tables map[string][]byte) []byte {
	size := 12
	for _, table := range tables {
		size += 16 + len(table)
	}
	font := make([]byte, 0, size)
	font = append(font, kind...)
	font = binary.BigEndian.AppendUint16(font, uint16(len(tables)))
	font = append(font, make([]byte, 6)...) // for searching, of no use
	names := slices.Sorted(maps.Keys(tables))
	at := 12 + 16*len(tables)
	for _, name := range names {
		font = append(font, name...)
		font = binary.BigEndian.AppendUint32(font, 0)
		font = binary.BigEndian.AppendUint32(font, uint32(at))
		font = binary.BigEndian.AppendUint32(font, uint32(len(tables[name])))
		at += len(tables[name])
	}
	for _, name := range names {
		font = append(font, tables[name]...)
	}
	return font
}
