package app

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/parlance-chat/parlance/app/sheets"
	"github.com/parlance-chat/parlance/app/theme"
)

// The keys under which the app keeps its settings in the profile.
const (
	settingTheme         = "theme"         // a theme.Mode
	settingScale         = "scale"         // percent: 100, 125, 150
	settingNotifications = "notifications" // "off"; on otherwise
	settingConversation  = "conversation"  // the one that was open
	settingWindow        = "window"        // its size: 1100x720
)

// scaleVariable is what Fyne reads its scale from when it starts.
const scaleVariable = "FYNE_SCALE"

// applyScale hands the stored text size to Fyne, unless the user's environment
// already says one. It must come before the Fyne app is made.
func applyScale(stored string) {
	if _, set := os.LookupEnv(scaleVariable); set || !slices.Contains(sheets.Scales, stored) {
		return
	}
	percent, err := strconv.Atoi(stored)
	if err == nil && percent != 100 {
		os.Setenv(scaleVariable, fmt.Sprintf("%.2f", float64(percent)/100))
	}
}

// saveSetting stores one of the app's own settings. That a convenience could not
// be stored is not worth a word.
func (w *window) saveSetting(key, value string) {
	w.tasks.Write(func(ctx context.Context) { _ = w.core.SetSetting(ctx, key, value) })
}

// setMode shows another theme at once.
func (w *window) setMode(mode theme.Mode) {
	w.app.Settings().SetTheme(theme.New(mode))
	w.saveSetting(settingTheme, string(mode))
}

func (w *window) showSettings() { w.sheets.Settings(host{w}) }
