"""A tiny Qwen2 that is made from nothing and learns to work sums and check them."""
