package assets

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"os"
	"testing"
)

func TestIconSizes(t *testing.T) {
	for _, size := range []int{16, 24, 32, 48, 64, 128, 256, 512} {
		name := fmt.Sprintf("icon-%d.png", size)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		config, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if config.Width != size || config.Height != size {
			t.Errorf("%s is %d×%d pixels; run make icons", name, config.Width, config.Height)
		}
	}
}

func TestEmbedded(t *testing.T) {
	img, err := png.Decode(bytes.NewReader(Icon))
	if err != nil {
		t.Fatalf("Icon: %v", err)
	}
	if b := img.Bounds(); b.Dx() != 256 || b.Dy() != 256 {
		t.Errorf("Icon is %d×%d pixels, want 256×256", b.Dx(), b.Dy())
	}
	if _, _, _, a := img.At(0, 0).RGBA(); a != 0 {
		t.Errorf("Icon's corner has alpha %#x, want it transparent", a)
	}
	var svg struct {
		XMLName xml.Name
		ViewBox string `xml:"viewBox,attr"`
	}
	if err := xml.Unmarshal(IconSVG, &svg); err != nil {
		t.Fatalf("IconSVG: %v", err)
	}
	if svg.XMLName.Local != "svg" || svg.ViewBox != "0 0 512 512" {
		t.Errorf("IconSVG is <%s viewBox=%q>", svg.XMLName.Local, svg.ViewBox)
	}
}
