using OpenTelemetry.Resources;

namespace LlmTelemetry.CostExporter;

/// <summary>What usage events are said to come from.</summary>
internal static class EventOrigin
{
    /// <summary>As the environment says, with an instance made up where it says none, so that processes of one name can be told apart.</summary>
    public static Resource OfEnvironment()
    {
        var said = ResourceBuilder.CreateDefault().Build();
        return said.Attributes.Any(attribute => attribute.Key == Vocabulary.Resources.ServiceInstance)
            ? said
            : said.Merge(new Resource([new(Vocabulary.Resources.ServiceInstance, Guid.NewGuid().ToString())]));
    }
}
