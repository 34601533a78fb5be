package adapters

import "sagalab/pkg/purchase"

// read reads the file.
func (f *File) read(root node) {
	var all []header
	for _, e := range root.headerFirst() { // the other parts need it
		all = e.headers(noScope)
	}
	parts := map[string]node{}
	part := func(name string) func(node) { return func(n node) { parts[name] = n } }
	root.fields(map[string]func(node){
		"name":      func(n node) { f.readName(n) },
		"header":    func(node) {},
		"health":    func(n node) { f.health = n.readHealth(all) },
		"login":     part("login"),
		"purchase":  part("purchase"),
		"steps":     part("steps"),
		"poll":      part("poll"),
		"orders":    func(n node) { f.orders = n.readOrders(all) },
		"order":     func(n node) { f.order = n.readOrder(all) },
		"stock":     func(n node) { f.stock = n.readStock(all) },
		"balance":   func(n node) { f.balance = n.readBalance(all) },
		"ledger":    func(n node) { f.ledger = n.readLedger(all) },
		"reset":     func(n node) { f.reset = n.readFixed(all) },
		"reads_lag": func(n node) { f.readLag(n) },
	})
	f.readBuying(parts, all)
	if root.isMapping() && len(f.steps) == 0 && len(root.problems) == 0 {
		root.fault("has no purchase: that says what a purchase is and what its answers mean, such as\n  purchase:\n    send: POST /orders\n    means:\n      - {http: 2xx, is: confirmed}")
	}
}

// headerFirst returns the part header of a file, if it has one.
func (n node) headerFirst() (list []node) {
	if !n.isMapping() {
		return nil
	}
	for _, e := range n.entries() {
		if e.name == "header" {
			list = append(list, e.node)
		}
	}
	return list
}

// maxName is the longest name, in bytes.
const maxName = 100

// readName reads the name of the service.
func (f *File) readName(n node) {
	text, ok := n.plain()
	if ok && (text == "" || len(text) > maxName) {
		n.fault("has %d bytes, want 1 to %d", len(text), maxName)
	}
	if ok {
		f.name = text
	}
}

// readLag reads how late reads may be.
func (f *File) readLag(n node) {
	if d, ok := n.duration(purchase.MaxReadsLag); ok {
		f.lag = &d
	}
}

// readHealth reads how the service is asked whether it is there; nil for none.
func (n node) readHealth(all []header) *request {
	if n.isNull() {
		return nil
	}
	if !n.isMapping() {
		if text, ok := n.text(); !ok || text == "none" {
			return nil
		}
	}
	return n.readFixed(all)
}

// readFixed reads a request that depends on nothing: METHOD path, or a mapping.
func (n node) readFixed(all []header) *request {
	r := requestReader{scope: noScope, node: n}
	if n.isMapping() {
		n.fields(r.readFields(map[string]func(node){}))
		checkAddress(n, &r)
	} else {
		r.readAddress(n)
	}
	r.headers = withDefaults(all, r.headers)
	fixed := r.finish()
	return &fixed
}
