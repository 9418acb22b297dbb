//go:build linux && netns

package netlab

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReadmeProgram runs the program that the README shows, as it stands there.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	_, code, found := strings.Cut(readme(t), "```python\n")
	code, _, ended := strings.Cut(code, "```")
	if !found || !ended {
		t.Fatal("the README shows no Python program")
	}
	program := filepath.Join(t.TempDir(), "udpchat.py")
	if err := os.WriteFile(program, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}

	_, a, b := twoHosts(t)
	anna := a.Start("anna")
	anna.SendTo("udp://10.77.0.2:12346", "too early") // switches plain UDP on
	talk := b.Run("python3", program, "10.77.0.1")
	talk.Write("hello from the script\n")
	if got := anna.WaitMessage("hello from the script", bound); got.Kind != "plain" {
		t.Errorf("it came as %q", got.Kind)
	}
	anna.SendTo("udp://10.77.0.2:12346", "hello from anna")
	talk.WaitLine(bound, 0, "the answer", func(l Line) bool { return l.Text == "10.77.0.1: hello from anna" })
}

// TestReadmeCommands sees that the README names the commands there are.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	help, err := exec.Command(path, "--help").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, help)
	}
	_, listed, _ := strings.Cut(string(help), "\nCommands:\n")
	var there []string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+) `).FindAllStringSubmatch(listed, -1) {
		there = append(there, m[1])
	}
	_, told, _ := strings.Cut(readme(t), "COMMAND\n")
	told, _, _ = strings.Cut(told, "```")
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+) `).FindAllStringSubmatch(told, -1) {
		named = append(named, m[1])
	}
	slices.Sort(there)
	slices.Sort(named)
	if len(there) == 0 || !slices.Equal(there, named) {
		t.Errorf("parlance-cli has %q, the README names %q", there, named)
	}
}
