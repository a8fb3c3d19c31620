package e2e

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// started is when the process began that client-go runs in here.
var started = time.Now()

// longRunning is the age from which a program is one that keeps its token, as a controller does.
const longRunning = time.Minute

// client-go does not say why it asks. That it asks again before the end that it was told is what tells fob.
func TestAnInformerSeesOneRefusalOfARevokedTokenAtMost(t *testing.T) {
	w := newInformerWorld(t)
	refused := w.inform(t)
	w.wantList(t)
	<-time.After(time.Until(started.Add(longRunning + time.Second))) // this process is what fob looks at

	w.provider.revoke(t, w.client)
	w.cut <- struct{}{}
	w.wantList(t)
	if n := refused.Load(); n > 1 {
		t.Errorf("the program saw %d refusals, want 1 at most", n)
	}
	if n := w.provider.requests(t, "/token"); n != 2 {
		t.Errorf("%d token requests, want 2", n)
	}
}

// informerWorld is a cluster with one namespace that can be watched, and a machine whose plugin heals itself.
type informerWorld struct {
	kubeWorld
	listed chan struct{} // a list was answered
	cut    chan struct{} // ends a watch
}

func newInformerWorld(t *testing.T) informerWorld {
	t.Helper()
	w := informerWorld{listed: make(chan struct{}, 100), cut: make(chan struct{})}
	w.kubeWorld = newKubeWorldOf(t, "v1", func(p *provider) http.Handler { return p.guard(http.HandlerFunc(w.namespaces), unauthorized) }, "--self-heal")
	return w
}

func (w informerWorld) namespaces(rw http.ResponseWriter, req *http.Request) {
	if req.URL.Query().Get("watch") == "" {
		writeJSON(rw, http.StatusOK, map[string]any{"kind": "NamespaceList", "apiVersion": "v1", "metadata": map[string]string{"resourceVersion": "1"}, "items": []any{namespace}})
		w.listed <- struct{}{}
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.(http.Flusher).Flush()
	select {
	case <-w.cut:
	case <-req.Context().Done():
	}
}

// inform runs an informer until the test ends, and counts the refusals that it sees.
func (w informerWorld) inform(t *testing.T) (refused *atomic.Int32) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", w.env["KUBECONFIG"])
	if err != nil {
		t.Fatal(err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	resource := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	informer := cache.NewSharedInformer(&cache.ListWatch{
		ListWithContextFunc:  func(ctx context.Context, o meta.ListOptions) (runtime.Object, error) { return resource.List(ctx, o) },
		WatchFuncWithContext: func(ctx context.Context, o meta.ListOptions) (watch.Interface, error) { return resource.Watch(ctx, o) },
	}, new(unstructured.Unstructured), 0)
	refused = new(atomic.Int32)
	if err := informer.SetWatchErrorHandler(func(_ *cache.Reflector, err error) {
		if apierrors.IsUnauthorized(err) {
			refused.Add(1)
		}
	}); err != nil {
		t.Fatal(err)
	}
	go informer.Run(t.Context().Done())
	return refused
}

// wantList waits until the informer has a list.
func (w informerWorld) wantList(t *testing.T) {
	t.Helper()
	select {
	case <-w.listed:
	case <-time.After(30 * time.Second):
		t.Fatal("the informer has no list after 30 s")
	}
}
