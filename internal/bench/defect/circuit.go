package defect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/fobkit/fob/middleware"
	"github.com/sony/gobreaker/v2"
)

var circuits = []Defect{
	{"D19", "callers who leave open the circuit", []string{"gobreaker"}, with(tripsOnLeaving)},
	{"D20", "a probe that hangs or ends its goroutine keeps the circuit open", []string{"gobreaker"}, with(keepsProbe)},
	{"D21", "a hook that looks at the breaker hangs", []string{"gobreaker"}, []subject{{"fob", fobHook}, {"gobreaker", gobreakerHook}}},
	{"D22", "half-open, and all of a thousand 429 let through", []string{"gobreaker"}, with(letsThrough)},
	{"D23", "failures slower than the window never open it", []string{"gobreaker"}, with(missesSlow)},
	{"D24", "an outcome told twice counts twice", []string{"gobreaker"}, []subject{{"fob", fobTwice}, {"gobreaker", gobreakerTwice}}},
	{"D25", "a breaker shared by processes lets one call through at a time", []string{"gobreaker"},
		[]subject{{"fob", fobTogether}, {"gobreaker", gobreakerTogether}}},
}

// opened is how long the circuits of these checks stay open, and shortest the window of one of them.
const (
	opened   = 30 * time.Millisecond
	shortest = 50 * time.Millisecond
)

// maker makes a breaker over a: one with a window of that length.
type maker func(a *api, window time.Duration) http.RoundTripper

func with(check func(maker) error) []subject {
	return []subject{
		{"fob", func() error { return check(fobBreaker) }},
		{"gobreaker", func() error { return check(gobreakerOver) }},
		{"failsafe-go", func() error { return check(failsafeBreaker) }},
	}
}

func fobBreaker(a *api, window time.Duration) http.RoundTripper {
	return chain(a, middleware.Breaker{Open: opened, Lease: 2 * opened, Window: window})
}

func chain(a *api, mw middleware.Middleware) http.RoundTripper {
	rt, err := middleware.Chain(a, mw)
	if err != nil {
		panic(err)
	}
	return rt
}

func failsafeBreaker(a *api, window time.Duration) http.RoundTripper {
	b := circuitbreaker.NewBuilder[*http.Response]().WithFailureThresholdPeriod(6, max(window, time.Second)).WithDelay(opened).
		HandleIf(func(resp *http.Response, err error) bool { return err != nil || resp.StatusCode >= 500 })
	return failsafehttp.NewRoundTripper(a, b.Build())
}

// statusError makes a failure of a status, as gobreaker's users do.
type statusError int

func (e statusError) Error() string { return http.StatusText(int(e)) }

func gobreakerSettings(window time.Duration) gobreaker.Settings {
	return gobreaker.Settings{
		Interval: window, Timeout: opened,
		IsExcluded: func(err error) bool { return err == statusError(http.StatusTooManyRequests) },
	}
}

func gobreakerOver(a *api, window time.Duration) http.RoundTripper {
	b := gobreaker.NewCircuitBreaker[*http.Response](gobreakerSettings(window))
	return transport(func(req *http.Request) (*http.Response, error) {
		return b.Execute(func() (*http.Response, error) {
			resp, err := a.RoundTrip(req)
			if err == nil && (resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests) {
				return resp, statusError(resp.StatusCode)
			}
			return resp, err
		})
	})
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) { return t(req) }

// reached reports whether a request comes through rt to a.
func reached(rt http.RoundTripper, a *api) bool {
	before := a.count()
	resp, _ := rt.RoundTrip(get())
	finish(resp)
	return a.count() > before
}

// trip has rt fail until it lets nothing through.
func trip(rt http.RoundTripper, a *api) bool {
	for range 100 {
		if !reached(rt, a) {
			return true
		}
	}
	return false
}

func tripsOnLeaving(make maker) error {
	a := &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		if n > 20 {
			return answer(req, http.StatusOK), nil
		}
		<-req.Context().Done()
		return nil, req.Context().Err()
	}}
	rt := make(a, time.Minute)
	for n := range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Millisecond, cancel)
		resp, _ := rt.RoundTrip(get().WithContext(ctx))
		finish(resp)
		cancel()
		if a.count() <= n {
			return fmt.Errorf("open after %d callers have left", n)
		}
	}
	return nil
}

// probes are what may become of the one request that a half-open circuit lets through, other than an answer.
var probes = map[string]func(free <-chan struct{}){
	"hangs":              func(free <-chan struct{}) { <-free },
	"ends its goroutine": func(<-chan struct{}) { runtime.Goexit() },
}

func keepsProbe(make maker) error {
	var all []error
	for name, become := range probes {
		if stuck(make, become) {
			all = append(all, fmt.Errorf("a probe that %s: nobody is let through in %v", name, 20*opened))
		}
	}
	return errors.Join(all...)
}

func stuck(maker maker, become func(<-chan struct{})) bool {
	free := make(chan struct{})
	defer close(free)
	var probing, probed atomic.Bool
	a := &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		if probing.Load() && probed.CompareAndSwap(false, true) {
			become(free)
		}
		if probed.Load() {
			return answer(req, http.StatusOK), nil
		}
		return answer(req, http.StatusInternalServerError), nil
	}}
	rt := maker(a, time.Minute)
	trip(rt, a)
	probing.Store(true)
	time.Sleep(opened + opened/2)
	go rt.RoundTrip(get())
	for !probed.Load() {
		time.Sleep(time.Millisecond)
	}
	for end := time.Now().Add(20 * opened); time.Now().Before(end); time.Sleep(opened / 3) {
		if reached(rt, a) {
			return false
		}
	}
	return true
}

// returns reports whether do does, soon.
func returns(do func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
		return nil
	case <-time.After(time.Second):
		return errors.New("it hangs")
	}
}

func fobHook() error {
	a := answers(http.StatusInternalServerError)
	var rt http.RoundTripper
	rt = chain(a, middleware.Breaker{Changed: func(middleware.Change) { reached(rt, a) }})
	return returns(func() { trip(rt, a) })
}

func gobreakerHook() error {
	var b *gobreaker.CircuitBreaker[int]
	b = gobreaker.NewCircuitBreaker[int](gobreaker.Settings{OnStateChange: func(string, gobreaker.State, gobreaker.State) { b.State() }})
	return returns(func() {
		for range 10 {
			b.Execute(func() (int, error) { return 0, io.EOF })
		}
	})
}

func letsThrough(make maker) error {
	var limited atomic.Bool
	a := &api{handler: func(_ int, req *http.Request) (*http.Response, error) {
		if limited.Load() {
			return answer(req, http.StatusTooManyRequests), nil
		}
		return answer(req, http.StatusInternalServerError), nil
	}}
	rt := make(a, time.Minute)
	trip(rt, a)
	limited.Store(true)
	time.Sleep(opened + opened/2)
	before, start := a.count(), time.Now()
	for range 1000 {
		reached(rt, a)
	}
	if n, fair := a.count()-before, 2+int(time.Since(start)/opened); n > fair {
		return fmt.Errorf("%d of 1000 let through within %v", n, time.Since(start).Round(time.Millisecond))
	}
	return nil
}

func missesSlow(make maker) error {
	a := &api{handler: func(_ int, req *http.Request) (*http.Response, error) {
		time.Sleep(shortest / 2)
		return answer(req, http.StatusInternalServerError), nil
	}}
	rt := make(a, shortest)
	for range 20 {
		if !reached(rt, a) {
			return nil
		}
	}
	return errors.New("20 failures in a row, and still closed")
}

// fobTwice reads an answer to its end and closes it twice, which is each time an end.
func fobTwice() error {
	a := answers(http.StatusInternalServerError)
	rt := chain(a, middleware.Breaker{Min: 10})
	for range 9 {
		resp, err := rt.RoundTrip(get())
		if err != nil {
			return errors.New("open before the tenth failure")
		}
		finish(resp)
		resp.Body.Close()
	}
	return nil
}

func gobreakerTwice() error {
	b := gobreaker.NewTwoStepCircuitBreaker[int](gobreaker.Settings{})
	done, err := b.Allow()
	if err != nil {
		return err
	}
	done(io.EOF)
	done(io.EOF)
	if n := b.Counts().TotalFailures; n != 1 {
		return fmt.Errorf("%d failures of one request", n)
	}
	return nil
}

// together is how many of four calls are under way at once.
func together(call func(wait func())) error {
	var now, most atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			call(func() {
				n := now.Add(1)
				defer now.Add(-1)
				for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
				}
				time.Sleep(100 * time.Millisecond)
			})
		})
	}
	wg.Wait()
	if n := most.Load(); n < 2 {
		return errors.New("one call at a time, of four")
	}
	return nil
}

func fobTogether() error {
	type waitKey struct{}
	a := &api{handler: func(_ int, req *http.Request) (*http.Response, error) {
		req.Context().Value(waitKey{}).(func())()
		return answer(req, http.StatusOK), nil
	}}
	rt := chain(a, middleware.Breaker{})
	return together(func(wait func()) {
		resp, _ := rt.RoundTrip(get().WithContext(context.WithValue(context.Background(), waitKey{}, wait)))
		finish(resp)
	})
}

func gobreakerTogether() error {
	b, err := gobreaker.NewDistributedCircuitBreaker[int](&store{data: make(map[string][]byte)}, gobreaker.Settings{Name: "bench"})
	if err != nil {
		return err
	}
	return together(func(wait func()) {
		b.Execute(func() (int, error) {
			wait()
			return 0, nil
		})
	})
}

// store is what several processes would share.
type store struct {
	lock sync.Mutex
	mu   sync.Mutex
	data map[string][]byte
}

func (s *store) Lock(string) error {
	s.lock.Lock()
	return nil
}

func (s *store) Unlock(string) error {
	s.lock.Unlock()
	return nil
}

func (s *store) GetData(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data[name], nil
}

func (s *store) SetData(name string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data[name] = data
	return nil
}
