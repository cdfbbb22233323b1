"""What stands under everything and knows neither Flask nor a feature: database, money, time, states, change stream."""
