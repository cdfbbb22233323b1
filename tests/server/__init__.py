"""HTTP as bytes: heads, bodies, frames, connections, slow clients."""
