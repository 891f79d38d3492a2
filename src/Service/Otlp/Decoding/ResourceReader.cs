using System.Globalization;
using System.Text;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service;

/// <summary>Reads who sent telemetry. The other attributes of a resource are not looked at.</summary>
internal static class ResourceReader
{
    private static readonly uint Attribute = ProtoReader.Message(Resource.AttributesFieldNumber);

    /// <param name="resource">The message.</param>
    /// <param name="maxBytes">How many bytes of each name are read.</param>
    public static TelemetrySource Read(ReadOnlySpan<byte> resource, int maxBytes)
    {
        string? space = null, service = null, instance = null, environment = null, olderEnvironment = null;
        for (var field = new ProtoReader(resource); field.Next();)
        {
            if (field.Tag != Attribute)
            {
                continue;
            }

            AttributeReader.Split(field.Bytes, out var key, out var value);
            if (Is(key, Vocabulary.Resources.ServiceNamespace))
            {
                space = Text(value, maxBytes);
            }
            else if (Is(key, Vocabulary.Resources.ServiceName))
            {
                service = Text(value, maxBytes);
            }
            else if (Is(key, Vocabulary.Resources.ServiceInstance))
            {
                instance = Text(value, maxBytes);
            }
            else if (Is(key, Vocabulary.Attributes.DeploymentEnvironment))
            {
                environment = Text(value, maxBytes);
            }
            else if (Is(key, Vocabulary.OpenLit.Environment))
            {
                olderEnvironment = Text(value, maxBytes);
            }
        }

        return new TelemetrySource(space, service ?? Vocabulary.Resources.UnknownService, instance, environment ?? olderEnvironment);
    }

    private static bool Is(ReadOnlySpan<byte> key, string name) => Ascii.Equals(key, name);

    // Empty says as little as nothing. Some SDKs write numbers for instances.
    private static string? Text(ReadOnlySpan<byte> value, int maxBytes) =>
        AttributeReader.ReadValue(value, maxBytes) is { } said && Convert.ToString(said, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;
}
