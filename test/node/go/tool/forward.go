package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// forward LISTEN PID TARGET listens here and connects there: in the network namespace of another process.
func forward(args []string) error {
	listen, pid, target := args[0], args[1], args[2]
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	there, err := os.Open(fmt.Sprintf("/proc/%s/ns/net", pid))
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			peer, err := dialIn(there, target)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			defer peer.Close()
			copied := make(chan struct{}, 2)
			for _, pair := range [][2]net.Conn{{connection, peer}, {peer, connection}} {
				go func() {
					_, _ = io.Copy(pair[0], pair[1])
					_ = pair[0].(*net.TCPConn).CloseWrite()
					copied <- struct{}{}
				}()
			}
			<-copied
			<-copied
		}()
	}
}

// dialIn makes the socket in a thread that has entered the namespace. The thread stays locked, so it ends with the goroutine
// and nothing else runs there.
func dialIn(namespace *os.File, target string) (net.Conn, error) {
	type result struct {
		connection net.Conn
		err        error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- result{nil, err}
			return
		}
		connection, err := net.Dial("tcp", target)
		done <- result{connection, err}
	}()
	answer := <-done
	return answer.connection, answer.err
}
