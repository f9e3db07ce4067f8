// Writes a vulnerability database for Grype with its own packages, since the published one cannot be had in a test:
// `grype-database FOLDER < vulnerabilities.json` makes FOLDER/vulnerability.db, which `grype db import` takes.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	v6 "github.com/anchore/grype/grype/db/v6"
)

// vulnerability is one of a package of a language, as GitHub's advisories have them.
type vulnerability struct {
	ID        string `json:"id"`
	CVE       string `json:"cve"`
	Severity  string `json:"severity"`
	Ecosystem string `json:"ecosystem"`
	Package   string `json:"package"`
	Affected  string `json:"affected"`
	FixedIn   string `json:"fixedIn"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: grype-database FOLDER < vulnerabilities.json")
	}
	var all []vulnerability
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		return err
	}
	writer, err := v6.NewWriter(v6.Config{DBDirPath: os.Args[1]})
	if err != nil {
		return err
	}
	if err := writer.SetDBMetadata(); err != nil {
		return err
	}
	now := time.Now().UTC()
	provider := &v6.Provider{ID: "github", Version: "1", Processor: "test", DateCaptured: &now}
	for _, one := range all {
		handle := &v6.VulnerabilityHandle{
			Name:          one.ID,
			Status:        v6.VulnerabilityActive,
			PublishedDate: &now,
			ProviderID:    provider.ID,
			Provider:      provider,
			BlobValue: &v6.VulnerabilityBlob{
				ID:         one.ID,
				Aliases:    []string{one.CVE},
				Severities: []v6.Severity{{Scheme: v6.SeveritySchemeCHMLN, Value: one.Severity, Rank: 1}},
			},
		}
		if err := writer.AddVulnerabilities(handle); err != nil {
			return err
		}
		affected := &v6.AffectedPackageHandle{
			VulnerabilityID: handle.ID,
			Package:         &v6.Package{Ecosystem: one.Ecosystem, Name: one.Package},
			BlobValue: &v6.PackageBlob{
				CVEs: []string{one.CVE},
				Ranges: []v6.Range{{
					Version: v6.Version{Type: "python", Constraint: one.Affected},
					Fix:     &v6.Fix{Version: one.FixedIn, State: v6.FixedStatus},
				}},
			},
		}
		if err := writer.AddAffectedPackages(affected); err != nil {
			return err
		}
	}
	return writer.Close()
}
