// Package tutorial runs chat servers and clients of the plainest kind, as Python
// tutorials write them, for tests of what Parlance has to put up with: no lines, no
// framing, one recv for what somebody said.
package tutorial
