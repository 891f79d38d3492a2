using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds usage tracking to pipelines for images, speech and hosted files; experimental as long as these are.</summary>
[Experimental("MEAI001")]
public static class MediaBuilderUsageTrackingExtensions
{
    extension(ImageGeneratorBuilder builder)
    {
        /// <summary>Adds usage tracking to the pipeline; what it needs is taken from the pipeline's services where it is registered.</summary>
        /// <param name="configure">Changes the defaults; called when the pipeline is built.</param>
        public ImageGeneratorBuilder UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => inner.UseUsageTracking(services, configure));
        }
    }

    extension(SpeechToTextClientBuilder builder)
    {
        /// <summary>Adds usage tracking to the pipeline; what it needs is taken from the pipeline's services where it is registered.</summary>
        /// <param name="configure">Changes the defaults; called when the pipeline is built.</param>
        public SpeechToTextClientBuilder UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => inner.UseUsageTracking(services, configure));
        }
    }

    extension(TextToSpeechClientBuilder builder)
    {
        /// <summary>Adds usage tracking to the pipeline; what it needs is taken from the pipeline's services where it is registered.</summary>
        /// <param name="configure">Changes the defaults; called when the pipeline is built.</param>
        public TextToSpeechClientBuilder UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => inner.UseUsageTracking(services, configure));
        }
    }

    extension(HostedFileClientBuilder builder)
    {
        /// <summary>Adds usage tracking to the pipeline; what it needs is taken from the pipeline's services where it is registered.</summary>
        /// <param name="configure">Changes the defaults; called when the pipeline is built.</param>
        public HostedFileClientBuilder UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => inner.UseUsageTracking(services, configure));
        }
    }
}
