package purchase

import "context"

// Scene is the former name of Fixture.
//
// Deprecated: use Fixture.
type Scene = Fixture

// SceneUser is the former name of FixtureUser.
//
// Deprecated: use FixtureUser.
type SceneUser = FixtureUser

// SceneProduct is the former name of FixtureProduct.
//
// Deprecated: use FixtureProduct.
type SceneProduct = FixtureProduct

// ErrNoScene is the former name of ErrNoFixture.
//
// Deprecated: use ErrNoFixture.
var ErrNoScene = ErrNoFixture

// SetScene is the former name of SetFixture.
//
// Deprecated: use SetFixture.
func (c *Client) SetScene(ctx context.Context, f Fixture) error { return c.SetFixture(ctx, f) }
