// Package doctor finds out why people are not found or not reached, and says in
// one sentence what to do.
//
// Examine looks at this device: cards, ports, groups, whether it hears itself,
// and how each peer is heard and reached. Person looks for one who is missing:
// it asks and dials every address there is, looks at what the system says of
// each, and weighs that against what was heard before.
//
// Invariants:
//   - What is found out stands in a Case, a plain value; what it means is decided
//     by Case.verdict, which asks nobody. So each cause is a line of a table in
//     the tests.
//   - The sentence names one cause. What speaks for it is told as findings.
//   - Nothing is changed: links that are tried are let go, and what is sent is a
//     few datagrams to addresses that are this person's or were given.
//
// It repairs nothing, and knows nothing of conversations.
package doctor
