// Command engine judges admission requests as Kyverno does: by its own engine for ImageValidatingPolicies, with the registry that
// images are in. `engine registry` serves an empty registry instead, and prints its address; `engine push <image> <text>` puts an image of one
// layer with a text into one, and prints its digest.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	policiesv1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	kyvernoengine "github.com/kyverno/kyverno/pkg/cel/engine"
	"github.com/kyverno/kyverno/pkg/cel/libs"
	"github.com/kyverno/kyverno/pkg/cel/matching"
	"github.com/kyverno/kyverno/pkg/cel/policies/ivpol/engine"
	imageverifycache "github.com/kyverno/kyverno/pkg/image/verification/cache"
	"github.com/kyverno/kyverno/pkg/image/verification/evaluator"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// input is what standard input has, as JSON.
type input struct {
	// Policies are ImageValidatingPolicies.
	Policies []json.RawMessage `json:"policies"`
	// Resources are objects that are in the cluster.
	Resources []resource `json:"resources"`
	// Namespaces by name.
	Namespaces map[string]corev1.Namespace `json:"namespaces"`
	// Requests are judged one after the other.
	Requests []admissionv1.AdmissionRequest `json:"requests"`
}

type resource struct {
	Plural string                     `json:"plural"`
	Object *unstructured.Unstructured `json:"object"`
}

// result is what one policy says of one request.
type result struct {
	Policy  string `json:"policy"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "registry" {
		serveRegistry()
		return
	}
	if len(os.Args) == 4 && os.Args[1] == "push" {
		if err := push(os.Args[2], os.Args[3]); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := judge(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveRegistry() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true))
	log.Fatal(http.Serve(listener, handler))
}

func push(reference, text string) error {
	name, err := name.ParseReference(reference, name.Insecure)
	if err != nil {
		return err
	}
	layer := static.NewLayer([]byte(text), types.OCIUncompressedLayer)
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return err
	}
	if err := remote.Write(name, image); err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	fmt.Println(digest)
	return nil
}

func judge(from io.Reader, to io.Writer) error {
	var in input
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	provider := libs.NewFakeContextProvider()
	libs.LibraryContext = provider
	for _, one := range in.Resources {
		gv, err := schema.ParseGroupVersion(one.Object.GetAPIVersion())
		if err != nil {
			return err
		}
		if err := provider.AddResource(gv.WithResource(one.Plural), one.Object); err != nil {
			return err
		}
	}
	policies, err := policiesOf(in.Policies)
	if err != nil {
		return err
	}
	fetch, err := engine.NewProvider(policies, nil)
	if err != nil {
		return err
	}
	namespaces := func(name string) *corev1.Namespace {
		if found, ok := in.Namespaces[name]; ok {
			return &found
		}
		return nil
	}
	subject := engine.NewEngine(fetch, namespaces, matching.NewMatcher(), nil, imageverifycache.DisabledImageVerifyCache(), nil)
	answers := make([][]result, 0, len(in.Requests))
	for _, request := range in.Requests {
		response, err := subject.HandleValidating(context.Background(), kyvernoengine.RequestFromAdmission(provider, request), nil)
		if err != nil {
			return err
		}
		results := []result{}
		for _, one := range response.Policies {
			// a policy that does not match leaves no result
			if one.Result.Name() == "" {
				continue
			}
			results = append(results, result{
				Policy:  one.Policy.GetName(),
				Status:  string(one.Result.Status()),
				Message: one.Result.Message(),
			})
		}
		answers = append(answers, results)
	}
	return json.NewEncoder(to).Encode(answers)
}

// policiesOf reads policies as the API server hands them to Kyverno, and compiles each as Kyverno's own webhook for policies does.
func policiesOf(texts []json.RawMessage) ([]policiesv1beta1.ImageValidatingPolicyLike, error) {
	policies := make([]policiesv1beta1.ImageValidatingPolicyLike, 0, len(texts))
	for _, text := range texts {
		var policy policiesv1beta1.ImageValidatingPolicy
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&policy); err != nil {
			return nil, fmt.Errorf("policy: %w", err)
		}
		if warnings, err := evaluator.Validate(&policy, nil); err != nil {
			return nil, fmt.Errorf("policy %s: %w (%v)", policy.Name, err, warnings)
		}
		policies = append(policies, &policy)
	}
	return policies, nil
}
