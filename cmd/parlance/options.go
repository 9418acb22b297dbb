package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

const (
	program = "parlance"
	version = "0.1.0" // as in FyneApp.toml
)

// options is what the command line says.
type options struct {
	profile string
	name    string
}

// parse reads the command line. It returns nil and the exit code if there is
// nothing more to do.
func parse(args []string) (*options, int) {
	var o options
	flags := flag.NewFlagSet(program, flag.ContinueOnError)
	flags.StringVar(&o.profile, "profile", "", "the `folder` that holds key, messages and settings (the account's own if not given)")
	flags.StringVar(&o.name, "name", "", "what others call you from now on")
	printVersion := flags.Bool("version", false, "print the version")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage: %s [--profile FOLDER] [--name NAME]\n\nChat with the people on your network.\n\n", program)
		flags.PrintDefaults()
	}
	for _, a := range args {
		if a == "-h" || a == "-help" || a == "--help" {
			flags.SetOutput(os.Stdout) // asked for, so no error
		}
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil, 0
	case err != nil:
		return nil, 2
	case flags.NArg() > 0:
		fmt.Fprintf(os.Stderr, "%s: %q is no option; see %s --help\n", program, flags.Arg(0), program)
		return nil, 2
	case *printVersion:
		fmt.Println(program, version)
		return nil, 0
	}
	return &o, 0
}
