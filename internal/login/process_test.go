package login_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/fobkit/fob/internal/login"
)

// caller is a process that wants a login. It says what it does, a line each, and as the leader waits for its stdin to end.
func caller(b login.Board) int {
	asked := login.Ask{
		Profile: "corp",
		Done:    never,
		Run: func(_ context.Context, publish func(login.Notice)) error {
			publish(login.Notice{Way: login.Browser, URL: fmt.Sprintf("https://login.corp.example/%d", os.Getpid())})
			fmt.Println("opened", os.Getpid())
			_, err := io.Copy(io.Discard, os.Stdin)
			return err
		},
	}
	err := b.Do(context.Background(), key, asked)
	var under *login.UnderWayError
	switch {
	case errors.As(err, &under):
		fmt.Println("told", under.Notice.URL)
	case errors.As(err, new(*login.UnansweredError)):
		fmt.Println("left")
	case err != nil:
		fmt.Println(err)
		return 1
	}
	return 0
}

func start(t *testing.T, b login.Board) (cmd *exec.Cmd, stdin io.Closer, lines *bufio.Scanner) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "FOB_TEST_BOARD="+string(b))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, in, bufio.NewScanner(out)
}

func TestOfFiftyProcessesOneLeadsAndTheOthersAreToldItsURL(t *testing.T) {
	const callers = 50
	b := board(t)
	said, all := make(chan string, callers), make(chan struct{})
	var wg sync.WaitGroup
	for range callers {
		cmd, stdin, lines := start(t, b)
		wg.Go(func() {
			lines.Scan()
			said <- lines.Text()
			if strings.HasPrefix(lines.Text(), "opened") {
				<-all // the others must find it waiting
			}
			stdin.Close()
			cmd.Wait()
		})
	}
	opened, urls := 0, make(map[string]int)
	for range callers {
		if word, rest, _ := strings.Cut(<-said, " "); word == "opened" {
			opened++
		} else {
			urls[rest]++
		}
	}
	close(all)
	wg.Wait()
	if opened != 1 || len(urls) != 1 {
		t.Errorf("%d browsers, and the others were told of %v; want one, and one URL for all", opened, urls)
	}
}

func TestALeaderThatDiesFreesTheLogin(t *testing.T) {
	b := board(t)
	leader, _, lines := start(t, b)
	if lines.Scan(); !strings.HasPrefix(lines.Text(), "opened") {
		t.Fatalf("the first said %q", lines.Text())
	}
	leader.Process.Kill()
	leader.Wait()
	led := false
	err := b.Do(t.Context(), key, login.Ask{ByHand: true, Done: never, Run: func(context.Context, func(login.Notice)) error {
		led = true
		return nil
	}})
	if err != nil || !led {
		t.Errorf("after the leader's death: led %v, %v", led, err)
	}
}

func TestALeaderThatDiesIsOneLeftUnanswered(t *testing.T) {
	b := board(t)
	leader, _, lines := start(t, b)
	lines.Scan()
	leader.Process.Kill()
	leader.Wait()
	err := b.Do(t.Context(), key, login.Ask{Done: never})
	if !errors.As(err, new(*login.UnansweredError)) {
		t.Errorf("the next is told %v, want that one was left unanswered", err)
	}
}
