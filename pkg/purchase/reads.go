package purchase

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
)

// Order reads GET /orders/{id}.
func (c *Client) Order(ctx context.Context, id string) (Order, error) {
	return get[Order](ctx, c, "/orders/"+url.PathEscape(id))
}

// Orders reads a page of GET /orders; after is "" for the first one.
func (c *Client) Orders(ctx context.Context, after string, limit int) (Orders, error) {
	return get[Orders](ctx, c, "/orders?"+pageQuery(after, limit))
}

// Product reads GET /products/{id}.
func (c *Client) Product(ctx context.Context, id int64) (Product, error) {
	return get[Product](ctx, c, "/products/"+strconv.FormatInt(id, 10))
}

// User reads GET /users/{id}.
func (c *Client) User(ctx context.Context, id int64) (User, error) {
	return get[User](ctx, c, "/users/"+strconv.FormatInt(id, 10))
}

// Ledger reads a page of GET /ledger; after is "" for the first one.
func (c *Client) Ledger(ctx context.Context, after string, limit int) (Ledger, error) {
	return get[Ledger](ctx, c, "/ledger?"+pageQuery(after, limit))
}

func pageQuery(after string, limit int) string {
	v := url.Values{"limit": {strconv.Itoa(limit)}}
	if after != "" {
		v.Set("after", after)
	}
	return v.Encode()
}

func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var value T
	o := c.http.Get(ctx, c.endpoint.base+path)
	last := o.Last()
	switch {
	case o.Err != nil:
		return value, fmt.Errorf("GET %s: %w", path, o.Err)
	case !last.OK():
		return value, fmt.Errorf("GET %s: %w", path, problemOf(last))
	}
	if err := json.Unmarshal(last.Body, &value); err != nil {
		return value, fmt.Errorf("GET %s: the answer is not what the contract says: %w", path, err)
	}
	return value, nil
}
