#pragma warning disable MEAI001, OPENAI001 // Interfaces and properties that are still experimental.
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI.Audio;
using OpenAI.Embeddings;
using OpenAI.Images;
using EmbeddingGenerationOptions = Microsoft.Extensions.AI.EmbeddingGenerationOptions;
using ImageGenerationOptions = Microsoft.Extensions.AI.ImageGenerationOptions;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>The official OpenAI SDK for embeddings, with what Microsoft.Extensions.AI.OpenAI passes on of an answer; its package is not on the default feed.</summary>
internal sealed class OpenAIEmbeddingAdapter(EmbeddingClient client) : IEmbeddingGenerator<string, Embedding<float>>
{
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var answer = (await client.GenerateEmbeddingsAsync(values, new() { Dimensions = options?.Dimensions }, cancellationToken)).Value;
        return new(answer.Select(e => new Embedding<float>(e.ToFloats()) { ModelId = answer.Model }))
        {
            Usage = answer.Usage is null ? null : new() { InputTokenCount = answer.Usage.InputTokenCount, TotalTokenCount = answer.Usage.TotalTokenCount },
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("openai", client.Endpoint, client.Model) : null;

    public void Dispose()
    {
    }
}

/// <summary>The same for images.</summary>
internal sealed class OpenAIImageAdapter(ImageClient client) : IImageGenerator
{
    public async Task<ImageGenerationResponse> GenerateAsync(ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var sent = options?.RawRepresentationFactory?.Invoke(this) as OpenAI.Images.ImageGenerationOptions ?? new();
        sent.Size ??= options?.ImageSize is { } size ? new GeneratedImageSize(size.Width, size.Height) : null;
        var answer = (await client.GenerateImagesAsync(request.Prompt, options?.Count ?? 1, sent, cancellationToken)).Value;
        var response = new ImageGenerationResponse([.. answer.Select(image => (AIContent)(image.ImageUri is { } uri ? new UriContent(uri, "image/png") : new DataContent(image.ImageBytes.ToMemory(), "image/png")))])
        {
            RawRepresentation = answer,
        };
        if (answer.Usage is { } usage)
        {
            response.Usage = new() { InputTokenCount = usage.InputTokenCount, OutputTokenCount = usage.OutputTokenCount, TotalTokenCount = usage.TotalTokenCount };
            if (usage.InputTokenDetails is { } details)
            {
                response.Usage.AdditionalCounts = new() { ["InputTokenDetails.ImageTokenCount"] = details.ImageTokenCount, ["InputTokenDetails.TextTokenCount"] = details.TextTokenCount };
            }
        }

        return response;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(ImageGeneratorMetadata) ? new ImageGeneratorMetadata("openai", client.Endpoint, client.Model) : null;

    public void Dispose()
    {
    }
}

/// <summary>The same for speech to text.</summary>
internal sealed class OpenAISpeechToTextAdapter(AudioClient client) : ISpeechToTextClient
{
    public async Task<SpeechToTextResponse> GetTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        var answer = (await client.TranscribeAudioAsync(audioSpeechStream, "audio.mp3", new AudioTranscriptionOptions(), cancellationToken)).Value;
        return new SpeechToTextResponse(answer.Text)
        {
            RawRepresentation = answer,
            StartTime = answer.Segments.Count > 0 ? answer.Segments[0].StartTime : null,
            EndTime = answer.Segments.Count > 0 ? answer.Segments[^1].EndTime : null,
            Usage = answer.Usage is AudioTranscriptionTokenUsage usage ? Convert(usage) : null,
        };
    }

    public async IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in await client.TranscribeAudioStreamingAsync(audioSpeechStream, "audio.mp3", new AudioTranscriptionOptions(), cancellationToken))
        {
            yield return update switch
            {
                StreamingAudioTranscriptionTextDeltaUpdate delta => new SpeechToTextResponseUpdate(delta.Delta) { RawRepresentation = update },
                StreamingAudioTranscriptionTextDoneUpdate { Usage: { } usage } => new SpeechToTextResponseUpdate([new UsageContent(Convert(usage))]) { RawRepresentation = update },
                _ => new SpeechToTextResponseUpdate { RawRepresentation = update },
            };
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(SpeechToTextClientMetadata) ? new SpeechToTextClientMetadata("openai", client.Endpoint, client.Model) : null;

    public void Dispose()
    {
    }

    private static UsageDetails Convert(AudioTranscriptionTokenUsage usage) => new()
    {
        InputTokenCount = usage.InputTokenCount,
        OutputTokenCount = usage.OutputTokenCount,
        TotalTokenCount = usage.TotalTokenCount,
        InputAudioTokenCount = usage.InputTokenDetails?.AudioTokenCount,
        InputTextTokenCount = usage.InputTokenDetails?.TextTokenCount,
    };
}

/// <summary>The same for text to speech.</summary>
internal sealed class OpenAITextToSpeechAdapter(AudioClient client) : ITextToSpeechClient
{
    public async Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        var answer = await client.GenerateSpeechAsync(text, GeneratedSpeechVoice.Alloy, new SpeechGenerationOptions(), cancellationToken);
        return new TextToSpeechResponse([new DataContent(answer.Value.ToMemory(), "audio/mpeg")]) { ModelId = options?.ModelId ?? client.Model, RawRepresentation = answer };
    }

    public async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in await client.GenerateSpeechStreamingAsync(text, GeneratedSpeechVoice.Alloy, new SpeechGenerationOptions(), cancellationToken))
        {
            yield return update switch
            {
                StreamingSpeechAudioDeltaUpdate delta => new TextToSpeechResponseUpdate([new DataContent(delta.AudioBytes.ToMemory(), "audio/mpeg")]) { ModelId = client.Model },
                StreamingSpeechAudioDoneUpdate { Usage: { } usage } => new TextToSpeechResponseUpdate(
                    [new UsageContent(new() { InputTokenCount = usage.InputTokenCount, OutputTokenCount = usage.OutputTokenCount, TotalTokenCount = usage.TotalTokenCount })])
                {
                    ModelId = client.Model,
                    RawRepresentation = update,
                },
                _ => new TextToSpeechResponseUpdate { RawRepresentation = update },
            };
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(TextToSpeechClientMetadata) ? new TextToSpeechClientMetadata("openai", client.Endpoint, client.Model) : null;

    public void Dispose()
    {
    }
}
