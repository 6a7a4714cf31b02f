"""What past releases amount to: DORA metrics, incidents, harm, and where a change is."""
