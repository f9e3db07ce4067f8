// Prints the configuration that prometheus-operator makes for Alertmanager: from the configuration of the chart, AlertmanagerConfig
// objects, and the Secrets that these name. Reads them from stdin, as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/blang/semver/v4"
	"github.com/prometheus-operator/prometheus-operator/pkg/alertmanager"
	"github.com/prometheus-operator/prometheus-operator/pkg/alertmanager/validation/v1alpha1"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
)

type input struct {
	// Version of Alertmanager, which decides what its configuration may say.
	Version      string                                   `json:"version"`
	Alertmanager monitoringv1.Alertmanager                `json:"alertmanager"`
	Base         json.RawMessage                          `json:"base"`
	Configs      []*monitoringv1alpha1.AlertmanagerConfig `json:"configs"`
	Secrets      []*corev1.Secret                         `json:"secrets"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var given input
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&given); err != nil {
		return err
	}
	objects := make([]runtime.Object, 0, len(given.Secrets))
	for _, secret := range given.Secrets {
		// an API server does so
		secret.Data = map[string][]byte{}
		for key, value := range secret.StringData {
			secret.Data[key] = []byte(value)
		}
		objects = append(objects, secret)
	}
	cluster := fake.NewClientset(objects...).CoreV1()
	configs := map[string]*monitoringv1alpha1.AlertmanagerConfig{}
	for _, config := range given.Configs {
		if err := v1alpha1.ValidateAlertmanagerConfig(config); err != nil {
			return fmt.Errorf("%s/%s: %w", config.Namespace, config.Name, err)
		}
		configs[config.Namespace+"/"+config.Name] = config
	}
	builder := alertmanager.NewConfigBuilder(
		slog.New(slog.NewTextHandler(os.Stderr, nil)),
		semver.MustParse(given.Version),
		assets.NewStoreBuilder(cluster, cluster),
		&given.Alertmanager,
	)
	if err := builder.InitializeFromRawConfiguration(given.Base); err != nil {
		return err
	}
	if err := builder.AddAlertmanagerConfigs(context.Background(), configs); err != nil {
		return err
	}
	// YAML, whatever its name says
	text, err := builder.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}
