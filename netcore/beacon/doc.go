// Package beacon moves datagrams to and from everyone near, on every network
// interface, and knows nothing of what they mean.
//
// For each IP family it has two sockets:
//
//	shared  on the discovery port, which all programs of this kind on the host
//	        hold together (address reuse); a member of the multicast group on
//	        every interface. What is sent to everyone arrives here.
//	own     on a port of its own. Everything is sent from it, so a unicast
//	        answer to a datagram's source reaches this very process, and does so
//	        even where another program holds the discovery port alone.
//
// Send lists the interfaces afresh and goes to each one's directed broadcast
// address and multicast groups. Loopback is one of them: several processes on
// one host hear each other with no other interface up. No interface that fails
// stops another, and none at all is no error: Run looks at the interfaces when
// the system tells that they changed, or every two seconds where it does not,
// joins the groups on new ones, makes sockets that broke or could not be made,
// and reports the change.
//
// Nothing is kept of what was sent or received, and nothing is sent by itself:
// what to say, when and to whom is discovery's to decide.
package beacon
