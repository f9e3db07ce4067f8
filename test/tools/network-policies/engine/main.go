// Command engine says who reaches whom: kube-network-policies, SIG Network's engine of network policies, asked for each pair of endpoints and
// each port. It also says of each change of a policy whether anything becomes of it.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// input is what standard input has, as JSON.
type input struct {
	Namespaces []corev1.Namespace `json:"namespaces"`
	// Policies as they are written; what the API server fills in is filled in.
	Policies []json.RawMessage `json:"policies"`
	// Services that are asked for by their own ports.
	Services []corev1.Service `json:"services"`
	// Endpoints are pods, and addresses of no pod.
	Endpoints []endpoint `json:"endpoints"`
	// Witnesses are pods that only changes are asked of.
	Witnesses []endpoint `json:"witnesses"`
	// Ports such as `443` and `53/UDP`.
	Ports []string `json:"ports"`
	// Changes of policies, one at a time.
	Changes []change `json:"changes"`
}

type endpoint struct {
	Name      string                 `json:"name"`
	Namespace string                 `json:"namespace"`
	Labels    map[string]string      `json:"labels"`
	Ports     []corev1.ContainerPort `json:"ports"`
	// Address of no pod. Pods get theirs.
	Address string `json:"address"`

	ip  net.IP
	pod *corev1.Pod
}

type change struct {
	// Policy that is changed, by its place.
	Policy int `json:"policy"`
	// To is what it becomes, or nothing where it is taken away.
	To json.RawMessage `json:"to"`
	// Ports that it is asked on.
	Ports []string `json:"ports"`
}

type output struct {
	// Reached are the targets of each source: `<endpoint>:<port>`.
	Reached map[string][]string `json:"reached"`
	// Services that each source reaches, all pods of each: `<namespace>/<name>:<port>`.
	Services map[string][]string `json:"services"`
	// Changed has a connection that each change makes another of, or nothing.
	Changed []string `json:"changed"`
}

type port struct {
	number   int
	protocol corev1.Protocol
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(from io.Reader, to io.Writer) error {
	var in input
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	policies := make([]*networkingv1.NetworkPolicy, 0, len(in.Policies))
	for _, text := range in.Policies {
		policy, err := policyOf(text)
		if err != nil {
			return err
		}
		policies = append(policies, policy)
	}
	pods := assign(in.Endpoints, in.Witnesses)
	cluster, err := newCluster(in.Namespaces, pods, policies)
	if err != nil {
		return err
	}
	ports, err := portsOf(in.Ports)
	if err != nil {
		return err
	}
	out := output{Reached: map[string][]string{}, Services: map[string][]string{}}
	if err := cluster.reach(in, ports, out); err != nil {
		return err
	}
	everyone := append(append([]endpoint{}, in.Endpoints...), in.Witnesses...)
	if out.Changed, err = changed(in, policies, pods, everyone); err != nil {
		return err
	}
	return json.NewEncoder(to).Encode(out)
}

// policyOf reads a policy as the API server does: it fills in protocols and types, refuses what it does not know, and keeps what is empty as absent.
func policyOf(text json.RawMessage) (*networkingv1.NetworkPolicy, error) {
	var written networkingv1.NetworkPolicy
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&written); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	stored, err := written.Marshal()
	if err != nil {
		return nil, err
	}
	policy := &networkingv1.NetworkPolicy{}
	if err := policy.Unmarshal(stored); err != nil {
		return nil, err
	}
	spec := &policy.Spec
	if len(spec.PolicyTypes) == 0 {
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(spec.Egress) > 0 {
			spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	for i := range spec.Ingress {
		fillIn(spec.Ingress[i].Ports)
	}
	for i := range spec.Egress {
		fillIn(spec.Egress[i].Ports)
	}
	return policy, nil
}

func fillIn(ports []networkingv1.NetworkPolicyPort) {
	tcp := corev1.ProtocolTCP
	for i := range ports {
		if ports[i].Protocol == nil {
			ports[i].Protocol = &tcp
		}
	}
}

// assign gives each pod an address.
func assign(lists ...[]endpoint) []*corev1.Pod {
	var pods []*corev1.Pod
	for _, list := range lists {
		for i := range list {
			one := &list[i]
			if one.Address != "" {
				one.ip = net.ParseIP(one.Address)
				continue
			}
			at := len(pods) + 1
			one.ip = net.IPv4(10, 244, byte(at>>8), byte(at))
			for p := range one.Ports {
				if one.Ports[p].Protocol == "" {
					one.Ports[p].Protocol = corev1.ProtocolTCP
				}
			}
			one.pod = &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pod-%d", at), Namespace: one.Namespace, Labels: one.Labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Ports: one.Ports}}},
				Status:     corev1.PodStatus{Phase: corev1.PodRunning, PodIPs: []corev1.PodIP{{IP: one.ip.String()}}},
			}
			pods = append(pods, one.pod)
		}
	}
	return pods
}

// cluster is an engine with its caches, which informers fill elsewhere.
type cluster struct {
	engine   *networkpolicy.Controller
	policies cache.Store
}

func newCluster(namespaces []corev1.Namespace, pods []*corev1.Pod, policies []*networkingv1.NetworkPolicy) (*cluster, error) {
	client := fake.NewClientset()
	factory := informers.NewSharedInformerFactory(client, 0)
	config := networkpolicy.Config{NodeName: "node", NRIdisabled: true}
	engine, err := networkpolicy.NewController(
		client,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		config,
	)
	if err != nil {
		return nil, err
	}
	one := &cluster{engine: engine, policies: factory.Networking().V1().NetworkPolicies().Informer().GetStore()}
	for i := range namespaces {
		if err := factory.Core().V1().Namespaces().Informer().GetStore().Add(&namespaces[i]); err != nil {
			return nil, err
		}
	}
	for _, pod := range pods {
		if err := factory.Core().V1().Pods().Informer().GetStore().Add(pod); err != nil {
			return nil, err
		}
	}
	for _, policy := range policies {
		if err := one.policies.Add(policy); err != nil {
			return nil, err
		}
	}
	return one, nil
}

// reach asks for all sources, as many at a time as there are processors.
func (c *cluster) reach(in input, ports []port, out output) error {
	errs := make([]error, len(in.Endpoints))
	reached, services := make([][]string, len(in.Endpoints)), make([][]string, len(in.Endpoints))
	forEach(len(in.Endpoints), func(at int) {
		if reached[at], errs[at] = c.reached(&in.Endpoints[at], in.Endpoints, ports); errs[at] == nil {
			services[at], errs[at] = c.services(&in.Endpoints[at], in.Endpoints, in.Services)
		}
	})
	for at, one := range in.Endpoints {
		out.Reached[one.Name], out.Services[one.Name] = reached[at], services[at]
	}
	return errors.Join(errs...)
}

func forEach(count int, do func(at int)) {
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		wait.Go(func() {
			for at := worker; at < count; at += workers {
				do(at)
			}
		})
	}
	wait.Wait()
}

// passes asks the engine, and sees that it says what its two parts say, which changes are asked of.
func (c *cluster) passes(source, target *endpoint, at port) (bool, error) {
	passes := c.engine.Passes(source.ip, target.ip, at.number, at.protocol)
	leaves := c.engine.Leaves(source.ip, target.ip, at.number, at.protocol)
	if passes && !leaves || leaves && passes != c.engine.Enters(source.ip, target.ip, at.number, at.protocol) {
		return false, fmt.Errorf("%s -> %s:%s: the engine says %t, and its parts something else", source.Name, target.Name, at, passes)
	}
	return passes, nil
}

func (c *cluster) reached(source *endpoint, targets []endpoint, ports []port) ([]string, error) {
	reached := []string{}
	for i := range targets {
		target := &targets[i]
		// a pod reaches itself whatever its policies say, and those of the cluster hold for no traffic between others
		if target.Name == source.Name || (source.pod == nil && target.pod == nil) {
			continue
		}
		for _, at := range ports {
			passes, err := c.passes(source, target, at)
			if err != nil {
				return nil, err
			}
			if passes {
				reached = append(reached, target.Name+":"+at.String())
			}
		}
	}
	sort.Strings(reached)
	return reached, nil
}

// services are asked for at their own address, which becomes a pod's before a policy is asked.
func (c *cluster) services(source *endpoint, targets []endpoint, services []corev1.Service) ([]string, error) {
	reached := []string{}
	for _, service := range services {
		if len(service.Spec.Selector) == 0 {
			continue
		}
		selector := labels.SelectorFromSet(service.Spec.Selector)
		for _, one := range service.Spec.Ports {
			backends, all := 0, true
			for i := range targets {
				target := &targets[i]
				if target.pod == nil || target.Namespace != service.Namespace || !selector.Matches(labels.Set(target.Labels)) {
					continue
				}
				at, ok := targetPort(one, target)
				if !ok {
					continue
				}
				backends++
				passes, err := c.passes(source, target, at)
				if err != nil {
					return nil, err
				}
				all = all && passes
			}
			if backends > 0 && all {
				reached = append(reached, fmt.Sprintf("%s/%s:%d", service.Namespace, service.Name, one.Port))
			}
		}
	}
	sort.Strings(reached)
	return reached, nil
}

func targetPort(of corev1.ServicePort, target *endpoint) (port, bool) {
	protocol := of.Protocol
	if protocol == "" {
		protocol = corev1.ProtocolTCP
	}
	if of.TargetPort.Type == intstr.Int {
		number := of.TargetPort.IntValue()
		if number == 0 {
			number = int(of.Port)
		}
		return port{number, protocol}, true
	}
	for _, one := range target.Ports {
		if one.Name == of.TargetPort.StrVal && one.Protocol == protocol {
			return port{int(one.ContainerPort), protocol}, true
		}
	}
	return port{}, false
}

// changed asks of each change whether the changed policy says something else of any connection, at its own end of it.
func changed(in input, policies []*networkingv1.NetworkPolicy, pods []*corev1.Pod, everyone []endpoint) ([]string, error) {
	found, errs := make([]string, len(in.Changes)), make([]error, len(in.Changes))
	if len(in.Changes) == 0 {
		return found, nil
	}
	before, err := newCluster(in.Namespaces, pods, policies)
	if err != nil {
		return nil, err
	}
	// each has one to change at a time
	free := make(chan *cluster, runtime.GOMAXPROCS(0))
	for range cap(free) {
		after, err := newCluster(in.Namespaces, pods, policies)
		if err != nil {
			return nil, err
		}
		free <- after
	}
	forEach(len(in.Changes), func(at int) {
		after := <-free
		found[at], errs[at] = effect(before, after, in.Changes[at], policies, everyone)
		free <- after
	})
	return found, errors.Join(errs...)
}

func effect(before, after *cluster, one change, policies []*networkingv1.NetworkPolicy, everyone []endpoint) (found string, err error) {
	policy := policies[one.Policy]
	ports, err := portsOf(one.Ports)
	if err != nil {
		return "", err
	}
	selectors := []*metav1.LabelSelector{&policy.Spec.PodSelector}
	if err := after.policies.Delete(policy); err != nil {
		return "", err
	}
	defer func() {
		if back := after.policies.Update(policy); err == nil {
			err = back
		}
	}()
	if len(one.To) > 0 {
		other, err := policyOf(one.To)
		if err != nil {
			return "", err
		}
		if other.Namespace != policy.Namespace || other.Name != policy.Name {
			return "", fmt.Errorf("%s/%s becomes %s/%s", policy.Namespace, policy.Name, other.Namespace, other.Name)
		}
		selectors = append(selectors, &other.Spec.PodSelector)
		if err := after.policies.Add(other); err != nil {
			return "", err
		}
	}
	for i := range everyone {
		own := &everyone[i]
		if own.pod == nil || own.Namespace != policy.Namespace || !selected(own, selectors) {
			continue
		}
		for j := range everyone {
			// two pods may have the same labels, so a pod is asked of itself too
			other := &everyone[j]
			for _, at := range ports {
				if before.engine.Leaves(own.ip, other.ip, at.number, at.protocol) != after.engine.Leaves(own.ip, other.ip, at.number, at.protocol) {
					return own.Name + " -> " + other.Name + ":" + at.String(), nil
				}
				if before.engine.Enters(other.ip, own.ip, at.number, at.protocol) != after.engine.Enters(other.ip, own.ip, at.number, at.protocol) {
					return other.Name + " -> " + own.Name + ":" + at.String(), nil
				}
			}
		}
	}
	return "", nil
}

// selected says whether a policy holds for a pod before or after it is changed: for others nothing changes.
func selected(one *endpoint, selectors []*metav1.LabelSelector) bool {
	for _, selector := range selectors {
		if parsed, err := metav1.LabelSelectorAsSelector(selector); err != nil || parsed.Matches(labels.Set(one.Labels)) {
			return true
		}
	}
	return false
}

func (p port) String() string {
	if p.protocol == corev1.ProtocolTCP {
		return strconv.Itoa(p.number)
	}
	return fmt.Sprintf("%d/%s", p.number, p.protocol)
}

func portsOf(texts []string) ([]port, error) {
	ports := make([]port, 0, len(texts))
	for _, text := range texts {
		number, protocol, isOther := strings.Cut(text, "/")
		if !isOther {
			protocol = string(corev1.ProtocolTCP)
		}
		value, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("port: %w", err)
		}
		ports = append(ports, port{value, corev1.Protocol(protocol)})
	}
	return ports, nil
}
