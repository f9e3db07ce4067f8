// Reads the YAML that the library writes, as the programs do that get it: YAML 1.1 (gopkg.in/yaml.v2), kubectl and Helm
// (sigs.k8s.io/yaml), YAML 1.2 (go.yaml.in/yaml/v3), and kustomize build, which is what `kubectl kustomize` runs.
//
// Standard input is a list of texts in JSON; standard output is, for each, what each reader makes of it, or its error.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	v3 "go.yaml.in/yaml/v3"
	v2 "gopkg.in/yaml.v2"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	kyaml "sigs.k8s.io/yaml"
)

// read is what a reader makes of a text.
type read struct {
	Value any    `json:"value"`
	Error string `json:"error,omitempty"`
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	results := make([]map[string]read, len(texts))
	for at, text := range texts {
		results[at] = map[string]read{
			"yaml.v2":      attempt(func(value *any) error { return v2.Unmarshal([]byte(text), value) }),
			"yaml.v3":      attempt(func(value *any) error { return v3.Unmarshal([]byte(text), value) }),
			"sigs.k8s.io":  attempt(func(value *any) error { return kyaml.UnmarshalStrict([]byte(text), value) }),
			"kustomize":    attempt(func(value *any) error { return build(text, value) }),
			"kustomize.v3": attempt(func(value *any) error { return again(text, value) }),
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func attempt(read1 func(*any) error) (result read) {
	defer func() {
		if panicked := recover(); panicked != nil {
			result = read{Error: fmt.Sprint("panic: ", panicked)}
		}
	}()
	var value any
	if err := read1(&value); err != nil {
		return read{Error: err.Error()}
	}
	return read{Value: plain(value)}
}

// built is what kustomize writes of one object.
func built(text string) ([]byte, error) {
	files := filesys.MakeFsInMemory()
	if err := files.WriteFile("kustomization.yaml", []byte("resources: [object.yaml]\n")); err != nil {
		return nil, err
	}
	if err := files.WriteFile("object.yaml", []byte(text)); err != nil {
		return nil, err
	}
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, ".")
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}

// build reads what kustomize writes as kubectl does.
func build(text string, value *any) error {
	written, err := built(text)
	if err != nil {
		return err
	}
	return kyaml.UnmarshalStrict(written, value)
}

// again reads it as a reader of YAML 1.2 does.
func again(text string, value *any) error {
	written, err := built(text)
	if err != nil {
		return err
	}
	return v3.Unmarshal(written, value)
}

// plain has what JSON can hold: YAML has keys that are no texts, which are marked here.
func plain(value any) any {
	switch given := value.(type) {
	case map[any]any:
		result := map[string]any{}
		for key, item := range given {
			result[name(key)] = plain(item)
		}
		return result
	case map[string]any:
		result := map[string]any{}
		for key, item := range given {
			result[key] = plain(item)
		}
		return result
	case []any:
		result := make([]any, len(given))
		for at, item := range given {
			result[at] = plain(item)
		}
		return result
	case nil, string, bool, int, int64, uint64, float64:
		return given
	default:
		return fmt.Sprintf("%T %v", given, given)
	}
}

func name(key any) string {
	if text, ok := key.(string); ok {
		return text
	}
	return fmt.Sprintf("%T %v", key, key)
}
