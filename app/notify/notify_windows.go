package notify

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"unicode/utf16"
)

// script never changes: what others wrote is only ever the value of a variable,
// and becomes a text node. It is handed over encoded, so that no quoting rule
// has a say in it.
const script = `$ErrorActionPreference = 'Stop'
[Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime] > $null
[Windows.Data.Xml.Dom.XmlDocument, Windows.Data.Xml.Dom, ContentType = WindowsRuntime] > $null
$template = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$toast = [xml] $template.GetXml()
$texts = $toast.GetElementsByTagName('text')
$texts[0].AppendChild($toast.CreateTextNode($env:PARLANCE_NOTIFY_TITLE)) > $null
$texts[1].AppendChild($toast.CreateTextNode($env:PARLANCE_NOTIFY_BODY)) > $null
$xml = New-Object Windows.Data.Xml.Dom.XmlDocument
$xml.LoadXml($toast.OuterXml)
$notification = [Windows.UI.Notifications.ToastNotification]::new($xml)
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($env:PARLANCE_NOTIFY_APP).Show($notification)
`

// powershell shows notifications by a script.
type powershell struct{ cfg Config }

func newDesktop(cfg Config) desktop { return powershell{cfg} }

func (p powershell) show(ctx context.Context, title, body string) (uint32, error) {
	app := p.cfg.AppID
	if app == "" {
		app = p.cfg.Program
	}
	cmd := exec.CommandContext(ctx, "powershell.exe", "-NoProfile", "-NonInteractive", "-EncodedCommand", encoded())
	cmd.Env = append(os.Environ(),
		"PARLANCE_NOTIFY_APP="+app, "PARLANCE_NOTIFY_TITLE="+title, "PARLANCE_NOTIFY_BODY="+body)
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true}
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("show notification: %w", err)
	}
	return 0, nil
}

// encoded returns the script as PowerShell takes it: UTF-16, little-endian, in
// base64.
func encoded() string {
	var raw []byte
	for _, unit := range utf16.Encode([]rune(script)) {
		raw = binary.LittleEndian.AppendUint16(raw, unit)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func (powershell) clicked() <-chan uint32 { return nil }
func (powershell) closed() <-chan uint32  { return nil }
func (powershell) close()                 {}
