// Package kubelet holds fob against the kubelet's own code for image credential providers. That code lies in k8s.io/kubernetes,
// which takes minutes to compile: hence a module of its own, and a job of .ci/run --all.
package kubelet
