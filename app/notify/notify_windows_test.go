package notify

import (
	"strings"
	"testing"
)

// TestTheScriptIsConstant keeps text out of the script: it may reach it in the
// environment only.
func TestTheScriptIsConstant(t *testing.T) {
	for _, name := range []string{"PARLANCE_NOTIFY_APP", "PARLANCE_NOTIFY_TITLE", "PARLANCE_NOTIFY_BODY"} {
		if strings.Count(script, "$env:"+name) != 1 {
			t.Errorf("the script does not take %s once", name)
		}
	}
	for _, evil := range []string{"Invoke-Expression", "iex", "%s", "-Command"} {
		if strings.Contains(script, evil) {
			t.Errorf("the script has %q", evil)
		}
	}
}
