namespace LlmTelemetry.CostExporter;

/// <summary>What spend is kept by. Numbers are stable: stores keep them.</summary>
public enum SpendDimension : byte
{
    /// <summary><c>gen_ai.provider.name</c>.</summary>
    Provider = 0,

    /// <summary>The model that answered, else the model asked for.</summary>
    Model = 1,

    /// <summary>The end user.</summary>
    User = 2,

    /// <summary>The customer or organisation.</summary>
    Tenant = 3,

    /// <summary>The feature, package or route.</summary>
    Feature = 4,

    /// <summary>The day, in the configured time zone. In reports only: a row's period says it.</summary>
    Day = 15,
}
