"""Vector tiles (矢量瓦片): what they hold, what is told of them, how they are asked for."""
