"""The mathematics of Integrated Gradients: functions and numbers, no models and no screen."""
