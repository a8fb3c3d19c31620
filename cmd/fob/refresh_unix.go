//go:build unix

package main

import "syscall"

// claimFD is where fob-helper hands over the claim of this refresh: a lock that ends with the last process that has the file open.
const claimFD = 3

// keepClaim keeps the claim from whatever a secret's command leaves running.
func keepClaim() { syscall.CloseOnExec(claimFD) }
