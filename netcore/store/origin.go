package store

import "fmt"

// A database that was restored from a copy has lost what it held when the copy
// was made and after, and others hold that still: entries of this device under
// numbers that it would use again. A copy is another file. So the database
// remembers which file it was, and begins a new incarnation where that is not
// the file it is in.

// begin returns the database's incarnation, drawing one if it has none or is a
// copy.
func (s *Store) begin(c *conn) (uint64, error) {
	const query = "SELECT value FROM meta WHERE key = '%s'"
	incarnation, err := c.number(fmt.Sprintf(query, "incarnation"))
	if err != nil {
		return 0, err
	}
	was, err := c.number(fmt.Sprintf(query, "file"))
	if err != nil {
		return 0, err
	}
	is, err := fileNumber(s.path)
	if err != nil {
		return 0, err
	}
	if incarnation != 0 && was == is {
		return uint64(incarnation), nil
	}
	if incarnation == 0 || was != 0 {
		if incarnation, err = drawIncarnation(); err != nil {
			return 0, err
		}
	}
	return uint64(incarnation), c.exec(fmt.Sprintf(
		"INSERT OR REPLACE INTO meta (key, value) VALUES ('incarnation', %d), ('file', %d)", incarnation, is))
}
