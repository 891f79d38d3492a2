using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// A usage event as an OTLP log record: <c>event_name</c> is <see cref="EventName"/>, the body is the record's line of JSON as docs/records.md has it (the whole truth, exact), and attributes say again
/// for people and for routing what most look for. Only the body is read.
/// </summary>
internal static class UsageEventLog
{
    /// <summary>The log record's <c>event_name</c> (or, of older SDKs, its attribute <c>event.name</c>).</summary>
    public const string EventName = Vocabulary.Events.Usage;

    /// <summary>The body of a log record that is a usage event.</summary>
    public static string Body(in UsageEvent call) => throw new NotImplementedException("emit");

    /// <summary>Reads a body.</summary>
    /// <exception cref="FormatException">It is none; the message says why, and quotes nothing of it.</exception>
    public static ReceivedCall Read(in TelemetrySource source, string body) => throw new NotImplementedException("emit");
}
