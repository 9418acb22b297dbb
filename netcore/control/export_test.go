package control

import "net/http"

// Handler answers without a socket.
func Handler(cfg Config) http.Handler { return newServer(cfg) }
