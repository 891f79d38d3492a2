namespace LlmTelemetry.Usage;

/// <summary>What is done with the calls of a feature.</summary>
public enum TrackingMode : byte
{
    /// <summary>Nothing: no event, no metric, no span. The call itself is made as ever.</summary>
    None = 0,

    /// <summary>Usage and cost are tracked; nothing is charged on.</summary>
    Usage = 1,

    /// <summary>Usage and cost are tracked, and the cost is charged on, with the markup or discount that holds for the call.</summary>
    Markup = 2,
}
