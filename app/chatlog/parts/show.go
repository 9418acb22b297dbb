package parts

import "fyne.io/fyne/v2"

// Show shows objects or hides them, where that is a change.
func Show(visible bool, objects ...fyne.CanvasObject) {
	for _, o := range objects {
		if visible != o.Visible() {
			if visible {
				o.Show()
			} else {
				o.Hide()
			}
		}
	}
}
