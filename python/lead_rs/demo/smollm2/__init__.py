"""SmolLM2-135M-Instruct, a pretrained model that learns when to work a sum and when to check it."""
