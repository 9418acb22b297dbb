# What there is to do here: make help

FUZZTIME    ?= 1m
STATICCHECK := v0.8.2
# release and migrated_fynedo: no look-out for calls from the wrong goroutine, which tests keep on.
# no_animations: the caret of a focused entry does not blink, which would cost a tenth of a core.
TAGS        := release,migrated_fynedo,no_animations
GOBUILD     := go build -buildvcs=false -trimpath -ldflags='-s -w'

export PATH := $(PATH):/usr/local/go/bin:/usr/sbin:/sbin
# See there; it saves two of the three minutes that the first build would take.
export CGO_CFLAGS ?= -O2 -g -include "$(CURDIR)/.make/cgo.h"
export TAGS STATICCHECK

.PHONY: help run run-room demo test check bench fuzz screenshots build windows package icons \
	build/parlance build/parlance-cli build/parlance-room

help:
	@echo "make run          start Parlance; with no display, its terminal chat"
	@echo "make run-room     start a room server; any IRC client can join"
	@echo "make demo         two people on this machine, side by side, who see each other"
	@echo "make test         everything: unit, race, simulated network, namespaces, real windows"
	@echo "make check        gofmt, vet, staticcheck, go mod tidy, floors"
	@echo "make bench        the figures Parlance promises, each beside its yardstick"
	@echo "make fuzz         every fuzz test for a minute (FUZZTIME=1m)"
	@echo "make screenshots  pictures of real windows, into assets/"
	@echo "make build        build/parlance, build/parlance-cli and build/parlance-room"
	@echo "make windows      the same for Windows, built here"
	@echo "make package      build/Parlance.tar.xz, to install on other Linux machines"

# make run ARGS='--name Ann --profile /tmp/ann'
run:
	@.make/run $(ARGS)

# make run-room ARGS='--data /srv/rooms --public'
run-room:
	@.make/need go
	@$(MAKE) --no-print-directory build/parlance-room
	@build/parlance-room $(ARGS)

demo:
	@.make/demo

test:
	@.make/test

check:
	@.make/check

bench:
	@.make/bench

fuzz:
	@.make/fuzz $(FUZZTIME)

screenshots:
	@.make/need go run test
	go test -count=1 -tags window -exec '$(CURDIR)/.make/alone' -run '^TestScreenshots$$' ./cmd/parlance -screenshots '$(CURDIR)/assets'

build:
	@.make/need go run
	@$(MAKE) --no-print-directory build/parlance build/parlance-cli build/parlance-room

build/parlance:
	@[ -d build ] || echo "Building Parlance. The first time takes a minute or two, later ones seconds."
	@mkdir -p build
	$(GOBUILD) -tags $(TAGS) -o $@ ./cmd/parlance

build/parlance-cli:
	@mkdir -p build
	CGO_ENABLED=0 $(GOBUILD) -o $@ ./cmd/parlance-cli

build/parlance-room:
	@mkdir -p build
	CGO_ENABLED=0 $(GOBUILD) -o $@ ./cmd/parlance-room

windows:
	@.make/need go windows
	@mkdir -p build
	@echo "Building for Windows. The first time takes some seven minutes."
	GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc \
		go build -buildvcs=false -trimpath -ldflags='-s -w -H windowsgui' -tags $(TAGS) -o build/parlance.exe ./cmd/parlance
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GOBUILD) -o build/parlance-cli.exe ./cmd/parlance-cli
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GOBUILD) -o build/parlance-room.exe ./cmd/parlance-room

package:
	@.make/package

# The PNG sizes of the icon; only after a change of icon.svg.
icons:
	@.make/need icons
	for size in 16 24 32 48 64 128 256 512; do \
		rsvg-convert -w $$size -h $$size assets/icon.svg -o assets/icon-$$size.png || exit 1; done
