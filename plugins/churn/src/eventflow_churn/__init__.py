"""Customer churn features for Eventflow, from a customer table or raw transactions."""
