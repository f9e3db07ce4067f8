package main

import (
	"context"
	"flag"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// enforceNetworkPolicies decides on the first packet of each connection that it gets from a queue of the kernel.
//
// The engine's own rules, which fill the queue, need a kernel with nftables' queue (NFT_QUEUE). The node makes rules with
// xtables' NFQUEUE instead, which every kernel with iptables has, so it does not matter whether those of the engine are
// refused; where they are not, a packet is judged twice.
func enforceNetworkPolicies() error {
	var kubeconfig string
	var config networkpolicy.Config
	klog.InitFlags(nil)
	flag.StringVar(&kubeconfig, "kubeconfig", "", "file with the address of the API server and credentials")
	flag.StringVar(&config.NodeName, "hostname-override", "", "name of the node")
	flag.IntVar(&config.QueueID, "nfqueue-id", 100, "number of the queue")
	flag.Parse()

	rest, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		return err
	}
	ctx := context.Background()
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		config,
	)
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	return controller.Run(ctx)
}
