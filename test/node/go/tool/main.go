// One static program for the images of the tests, and for the node itself: it waits, serves, asks, and forwards.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	args := os.Args[1:]
	if filepath.Base(os.Args[0]) == "pause" {
		args = []string{"pause"}
	}
	if len(args) == 0 {
		args = []string{"serve"}
	}
	commands := map[string]func(args []string) error{
		"pause":   pause,
		"serve":   serve,
		"exit":    exit,
		"get":     get,
		"post":    post,
		"reach":   reach,
		"load":    load,
		"stop":    stop,
		"look":    look,
		"forward": forward,
	}
	command, known := commands[args[0]]
	if !known {
		fail(fmt.Errorf("unknown command %v", args))
	}
	if err := command(args[1:]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// pause waits until it is told to end. As the first process of a pid namespace it takes in orphans.
func pause(_ []string) error {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	if os.Getpid() == 1 {
		go func() {
			for {
				var status syscall.WaitStatus
				if _, err := syscall.Wait4(-1, &status, 0, nil); err != nil {
					time.Sleep(100 * time.Millisecond)
				}
			}
		}()
	}
	<-ended
	return nil
}

// exit CODE [SECONDS] ends with that code, after a while.
func exit(args []string) error {
	code, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	if len(args) > 1 {
		seconds, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(seconds) * time.Second)
	}
	os.Exit(code)
	return nil
}

// get URL prints the status and the body of an answer.
func get(args []string) error {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(args[0])
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body))
	return err
}

// post URL [FOLDER] sends its standard input, and prints the status and the body of the answer. FOLDER has ca.crt, by which it knows the
// server, and, where there are, tls.crt and tls.key, by which the server knows it.
func post(args []string) error {
	transport := &http.Transport{}
	if len(args) > 1 {
		authority, err := os.ReadFile(filepath.Join(args[1], "ca.crt"))
		if err != nil {
			return err
		}
		known := x509.NewCertPool()
		known.AppendCertsFromPEM(authority)
		transport.TLSClientConfig = &tls.Config{RootCAs: known}
		own, err := tls.LoadX509KeyPair(filepath.Join(args[1], "tls.crt"), filepath.Join(args[1], "tls.key"))
		if err == nil {
			transport.TLSClientConfig.Certificates = []tls.Certificate{own}
		} else if !os.IsNotExist(err) {
			return err
		}
	}
	client := http.Client{Timeout: 10 * time.Second, Transport: transport}
	response, err := client.Post(args[0], "application/json", os.Stdin)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body))
	return err
}

// reach HOST:PORT... tries to connect to each of them at once, and prints as JSON which of them it reaches.
func reach(args []string) error {
	const patience = 4 * time.Second
	var lock sync.Mutex
	var wait sync.WaitGroup
	reached := map[string]bool{}
	for _, target := range args {
		wait.Add(1)
		go func() {
			defer wait.Done()
			connection, err := net.DialTimeout("tcp", target, patience)
			if err == nil {
				connection.Close()
			}
			lock.Lock()
			reached[target] = err == nil
			lock.Unlock()
		}()
	}
	wait.Wait()
	return json.NewEncoder(os.Stdout).Encode(reached)
}

// load URL... asks each address in turn, with a new connection each time, until it is told to end, and prints how it went.
func load(urls []string) error {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	result := struct {
		OK       int            `json:"ok"`
		Failed   []string       `json:"failed"`
		Versions map[string]int `json:"versions"`
	}{Failed: []string{}, Versions: map[string]int{}}
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for i := 0; ; i++ {
		select {
		case <-ended:
			return json.NewEncoder(os.Stdout).Encode(result)
		case <-time.After(20 * time.Millisecond):
		}
		response, err := client.Get(urls[i%len(urls)])
		if err != nil {
			result.Failed = append(result.Failed, time.Now().Format("15:04:05.000 ")+err.Error())
			continue
		}
		var said struct {
			Version string `json:"version"`
		}
		_ = json.NewDecoder(response.Body).Decode(&said)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			result.Failed = append(result.Failed, time.Now().Format("15:04:05.000 ")+response.Status)
			continue
		}
		result.OK++
		result.Versions[said.Version]++
	}
}

// stop tells the first process of the container to end.
func stop(_ []string) error {
	return syscall.Kill(1, syscall.SIGTERM)
}

// look PATH... prints as JSON who the process is, what it may do, and which of the folders it can write to.
func look(folders []string) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	writable := map[string]bool{}
	for _, folder := range folders {
		file := filepath.Join(folder, ".written")
		err := os.WriteFile(file, nil, 0o600)
		writable[folder] = err == nil
		os.Remove(file)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"user": os.Getuid(), "group": os.Getgid(), "status": string(status), "writable": writable, "environment": os.Environ(),
	})
}

// serve plays a service: any path answers with the version and the name of the pod, /metrics with a figure. PORTS names its
// ports, READY_AFTER the seconds until it says on /ready, /readyz, /health and /healthz that it is.
func serve(_ []string) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	started := time.Now()
	seconds, _ := strconv.Atoi(os.Getenv("READY_AFTER"))
	var lock sync.Mutex
	requests := 0
	handler := http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		lock.Lock()
		requests++
		count := requests
		lock.Unlock()
		switch request.URL.Path {
		case "/metrics":
			fmt.Fprintf(answer, "# TYPE requests_total counter\nrequests_total %d\n", count)
		case "/ready", "/readyz", "/healthz", "/health":
			if time.Since(started) < time.Duration(seconds)*time.Second {
				answer.WriteHeader(http.StatusServiceUnavailable)
			}
		default:
			_ = json.NewEncoder(answer).Encode(map[string]string{"version": os.Getenv("VERSION"), "host": host, "path": request.URL.Path})
		}
	})
	ports := os.Getenv("PORTS")
	if ports == "" {
		ports = "8080"
	}
	servers := []*http.Server{}
	for _, port := range strings.Split(ports, ",") {
		servers = append(servers, &http.Server{Addr: ":" + port, Handler: handler})
	}
	failed := make(chan error, len(servers))
	for _, server := range servers {
		go func() { failed <- server.ListenAndServe() }()
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	select {
	case err := <-failed:
		return err
	case <-ended:
		patience, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		for _, server := range servers {
			_ = server.Shutdown(patience)
		}
		return nil
	}
}
