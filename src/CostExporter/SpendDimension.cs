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

    /// <summary>The conversation. Kept by the hour: a report by it, or of one, reaches back as far as <see cref="CostExporterOptions.HourRetention"/>.</summary>
    Conversation = 5,

    /// <summary>The session. Kept by the hour, as conversations are.</summary>
    Session = 6,

    /// <summary>The user's or tenant's plan; not the provider's service tier.</summary>
    Tier = 7,

    /// <summary><c>gen_ai.operation.name</c>: <c>chat</c>, <c>embeddings</c> ...</summary>
    Operation = 8,

    /// <summary>The application or service that made the calls.</summary>
    Client = 9,

    /// <summary>Where that is deployed: <c>production</c>, <c>staging</c>.</summary>
    Environment = 10,

    /// <summary>How calls ended: <c>completed</c>, <c>failed</c>, <c>cancelled</c>, <c>abandoned</c>.</summary>
    Outcome = 11,

    /// <summary>How well their cost is known: <c>reported</c>, <c>partial</c>, <c>estimated</c>, <c>unpriced</c>, <c>unmeasured</c>.</summary>
    Quality = 12,

    /// <summary>The version of the price book that priced them.</summary>
    PriceVersion = 13,

    /// <summary>The day, in the configured time zone. In reports only: a row's period says it.</summary>
    Day = 15,
}
