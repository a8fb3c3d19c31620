// Package kubelet holds what a node needs to pull with a token that all nodes share, and a test that installs two.
package kubelet
