#pragma warning disable MEAI001 // Interfaces that are still experimental.
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Clients of every kind but chat that answer as the test says, and remember the options they were sent.</summary>
internal sealed class ScriptedMedia : IEmbeddingGenerator<string, Embedding<float>>, IImageGenerator, ISpeechToTextClient, ITextToSpeechClient, IHostedFileClient
{
    public string Model { get; init; } = "some-model";

    public Func<GeneratedEmbeddings<Embedding<float>>> OnEmbeddings { get; init; } = () => new([new Embedding<float>(new float[] { 1 })]);

    public Func<Task<ImageGenerationResponse>> OnImages { get; init; } = () => Task.FromResult(new ImageGenerationResponse());

    public Func<SpeechToTextResponse> OnText { get; init; } = () => new("Hello");

    public SpeechToTextResponseUpdate[] TextUpdates { get; init; } = [];

    public TextToSpeechResponseUpdate[] AudioUpdates { get; init; } = [];

    public Exception? Failure { get; init; }

    public AdditionalPropertiesDictionary? SeenProperties { get; private set; }

    public bool IsDisposed { get; private set; }

    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(options?.AdditionalProperties, OnEmbeddings);

    public Task<ImageGenerationResponse> GenerateAsync(ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        SeenProperties = options?.AdditionalProperties;
        return OnImages();
    }

    public Task<SpeechToTextResponse> GetTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(options?.AdditionalProperties, OnText);

    public IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamAsync(TextUpdates);

    public Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(options?.AdditionalProperties, static () => new TextToSpeechResponse());

    public IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamAsync(AudioUpdates);

    public Task<HostedFileContent> UploadAsync(
        Stream content, string? mediaType = null, string? fileName = null, HostedFileClientOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(options?.AdditionalProperties, static () => new HostedFileContent("file-1") { SizeInBytes = 3 });

    public Task<HostedFileDownloadStream> DownloadAsync(string fileId, HostedFileClientOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new FileNotFoundException();

    public Task<HostedFileContent?> GetFileInfoAsync(string fileId, HostedFileClientOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(options?.AdditionalProperties, () => (HostedFileContent?)new HostedFileContent(fileId));

    public IAsyncEnumerable<HostedFileContent> ListFilesAsync(HostedFileClientOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamAsync([new HostedFileContent("file-1"), new HostedFileContent("file-2")]);

    public Task<bool> DeleteAsync(string fileId, HostedFileClientOptions? options = null, CancellationToken cancellationToken = default) =>
        Answer(options?.AdditionalProperties, static () => true);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("openai", new Uri("https://api.openai.com/v1"), Model, 1_536)
        : serviceType == typeof(ImageGeneratorMetadata) ? new ImageGeneratorMetadata("openai", new Uri("https://api.openai.com/v1"), Model)
        : serviceType == typeof(SpeechToTextClientMetadata) ? new SpeechToTextClientMetadata("openai", new Uri("https://api.openai.com/v1"), Model)
        : serviceType == typeof(TextToSpeechClientMetadata) ? new TextToSpeechClientMetadata("openai", new Uri("https://api.openai.com/v1"), Model)
        : serviceType == typeof(HostedFileClientMetadata) ? new HostedFileClientMetadata("openai", new Uri("https://api.openai.com/v1")) : null;

    public void Dispose() => IsDisposed = true;

    private Task<T> Answer<T>(AdditionalPropertiesDictionary? properties, Func<T> answer)
    {
        SeenProperties = properties;
        return Failure is null ? Task.FromResult(answer()) : Task.FromException<T>(Failure);
    }

    private async IAsyncEnumerable<T> StreamAsync<T>(T[] updates)
    {
        foreach (var update in updates)
        {
            yield return update;
        }

        await Task.Yield();
        if (Failure is not null)
        {
            throw Failure;
        }
    }
}
