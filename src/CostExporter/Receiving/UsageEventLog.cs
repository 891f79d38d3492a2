using System.Text;
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
    public static string Body(in UsageEvent call) => Body(UsageRecord.Of(in call));

    /// <inheritdoc cref="Body(in UsageEvent)"/>
    public static string Body(UsageRecord record) => Encoding.UTF8.GetString(UsageRecordJson.Line(record));

    /// <summary>Reads a body. What it does not say of client and environment is what its source says of service and deployment.</summary>
    /// <exception cref="FormatException">It is none; the message says why, and quotes nothing of it.</exception>
    public static ReceivedCall Read(in TelemetrySource source, string body)
    {
        UsageRecord record;
        try
        {
            record = UsageRecordReader.Read(Encoding.UTF8.GetBytes(body));
        }
        catch (FormatException cause)
        {
            // Not handed on: its message shows what was found, and this one goes back over the network and into logs.
            throw new FormatException($"The body is no usage event (docs/records.md): {Reason(cause.Message)}");
        }

        var said = record.Attribution;
        return new ReceivedCall(
            UsageSourceKind.Events,
            (record with
            {
                Attribution = said with { Client = said.Client ?? source.Client, Environment = said.Environment ?? source.Environment },
            }).Cleaned());
    }

    // Of the reader's message only the name of one of our own fields.
    private static string Reason(string message) =>
        RecordFields.All.FirstOrDefault(field => message.StartsWith($"'{field}' ", StringComparison.Ordinal)) is not { } name ? "it is not one JSON object whose fields are right."
            : message == RecordField.Missing(name).Message ? message
            : $"'{name}' is not right.";
}
