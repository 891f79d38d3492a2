namespace LlmTelemetry.Service;

/// <summary>Settings of a running service, from the section <c>LlmTelemetry:Service</c>. docs/api.md lists them.</summary>
internal sealed class ServiceOptions
{
    /// <summary>Only this machine. IANA gives 4320 to a protocol that nobody meets; beside the Collector's 4317 and 4318 it is easy to remember.</summary>
    public const string DefaultUrls = "http://127.0.0.1:4320";

    /// <summary>Where to listen, with ';' between several; null: as the section <c>Kestrel</c> says, else <see cref="DefaultUrls"/>.</summary>
    public string? Urls { get; set; }

    /// <summary>Whether logs are JSON, a line each. Default false: text.</summary>
    public bool JsonLogs { get; set; }

    /// <summary>How many requests a second each key may make, and each address without one; twice as many at once. Default 5,000.</summary>
    public int RequestsPerSecond { get; set => field = Positive(value); } = 5_000;

    /// <summary>How many requests with a wrong key each address may make in a minute until they are not looked at any more. Default 30.</summary>
    public int FailedKeysPerMinute { get; set => field = Positive(value); } = 30;

    /// <summary>Who may call; none: whoever is on this machine.</summary>
    public IList<ApiKey> Keys { get; } = [];

    private static int Positive(int value) => value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Must be above 0.");
}
