// Package credhelper makes a program a credential helper of git, Docker, Kubernetes, Go, Cargo and others. It reads what the tool asks
// and writes what the tool understands; a [Handler] decides who gets what:
//
//	type keeper struct{}
//
//	func (keeper) Credential(_ context.Context, req credhelper.Request) (credhelper.Credential, error) {
//		if req.Origin() != "https://git.example.com" {
//			return credhelper.Credential{}, credhelper.ErrNotFound
//		}
//		return credhelper.Credential{Username: "oauth2", Secret: token}, nil
//	}
//
//	func main() {
//		code, _ := credhelper.Serve(context.Background(), keeper{}, credhelper.OS())
//		os.Exit(code)
//	}
//
// The program speaks git's protocol under the name git-credential-NAME, Docker's as docker-credential-NAME, client-go's as
// kubectl-NAME, any protocol as NAME-WORD, or with WORD as its first word: "git", "docker", "kubernetes", … A suffix or a flag asks for
// a profile: git-credential-NAME-PROFILE get, or NAME git --profile PROFILE get. NAME holds no '-'.
//
// Nothing here opens a file, a connection or a terminal, and stdout gets one whole answer or nothing.
package credhelper

import "context"

// Handler decides who gets a credential.
type Handler interface {
	// Credential answers req, or fails with one of the errors of this package, of which each protocol has its own
	// rendering. An answer without a Secret is ErrNotFound.
	//
	// Nothing but req says where the secret will go, and a tool may be run by somebody else's repository: a Handler
	// compares Scheme, Host and Port (or Origin) with what it knows, whatever profile was asked for.
	Credential(ctx context.Context, req Request) (Credential, error)
}

// Storer is a Handler that is told what worked or was typed in: git's store, docker login. For a Handler that is none, git
// is told nothing (it ignores failure) and docker login fails.
type Storer interface {
	Store(ctx context.Context, req Request, c Credential) error
}

// Eraser is a Handler that is told what was refused or is to be forgotten: git's erase, docker logout. used is exactly what
// the tool says it used: its Secret is empty where the tool does not say or, if it is Verbatim, was empty. ErrNotFound says that there was
// nothing to forget, which is success to all tools but Cargo. A Handler that is none is not told, and the tool sees success.
type Eraser interface {
	Erase(ctx context.Context, req Request, used Credential) error
}

// Lister is a Handler that can say what it keeps, without a network and without secrets. Docker asks often. A Handler that
// is none keeps nothing.
type Lister interface {
	List(ctx context.Context) ([]Entry, error)
}

// Holder is a Handler that can say which tokens it has at hand, without a network: GOAUTH wants them before the first request.
// For a Handler that is none, each is asked for when it is needed.
type Holder interface {
	Held(ctx context.Context, req Request) ([]Held, error)
}

// Saver is a Handler that can write an answer into a file as well, where the tool names one: google's output_file. path is as the tool has
// it, and unchecked. For a Handler that is none, the answer is on stdout alone.
type Saver interface {
	Save(ctx context.Context, req Request, path string, answer []byte) error
}

// Held is a credential and where it may go.
type Held struct {
	URL string // of all that lies below it
	Credential
}

// Entry is one line of a list.
type Entry struct {
	Server   string // as Request.Server had it
	Username string
}
