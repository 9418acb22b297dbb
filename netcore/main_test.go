package netcore

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(echoVariable) != "" {
		fmt.Fprintln(os.Stderr, echo())
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
