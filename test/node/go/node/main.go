// One binary with what Kubernetes runs on a node: the kubelet, kube-proxy and an engine of network policies.
//
// They share nearly all of their code. The name the binary is called by says which of them to be.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func main() {
	switch program := filepath.Base(os.Args[0]); program {
	case "kubelet":
		os.Exit(cli.Run(kubelet.NewKubeletCommand(context.Background())))
	case "kube-proxy":
		os.Exit(cli.Run(proxy.NewProxyCommand()))
	case "network-policies":
		if err := enforceNetworkPolicies(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "to be called as kubelet, kube-proxy or network-policies, not as", program)
		os.Exit(2)
	}
}
