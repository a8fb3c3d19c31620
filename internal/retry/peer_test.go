package retry_test

import (
	"context"
	"encoding/binary"
	"io"
	"log"
	"net"
	"testing"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// deadURL is one where nobody listens any more.
func deadURL(t *testing.T) string {
	l := listen(t)
	l.Close()
	return "http://" + l.Addr().String()
}

func listen(t *testing.T) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// refuseStreams dials a server of cleartext HTTP/2 that refuses every stream.
func refuseStreams(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		t.Cleanup(func() { client.Close() })
		go func() {
			defer server.Close()
			io.ReadFull(server, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")))
			out := make(chan []byte, 64) // a pipe holds nothing: whoever reads must not wait to write
			defer close(out)
			go func() {
				for f := range out {
					server.Write(f)
				}
			}()
			out <- frame(settings, 0, nil)
			for kind, stream, err := nextFrame(server); err == nil; kind, stream, err = nextFrame(server) {
				if kind == headers {
					out <- frame(rstStream, stream, []byte{0, 0, 0, 7}) // REFUSED_STREAM
				}
			}
		}()
		return client, nil
	}
}

// Frame types of RFC 9113 §6.
const (
	headers   = 1
	rstStream = 3
	settings  = 4
)

func frame(kind byte, stream uint32, payload []byte) []byte {
	head := []byte{0, 0, byte(len(payload)), kind, 0}
	return append(binary.BigEndian.AppendUint32(head, stream), payload...)
}

func nextFrame(r io.Reader) (kind byte, stream uint32, err error) {
	head := make([]byte, 9)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, 0, err
	}
	_, err = io.CopyN(io.Discard, r, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
	return head[3], binary.BigEndian.Uint32(head[5:]), err
}
