namespace Crucible.Upstairs.Encryption;

/// <summary>An encryption key can't be had. The message names the file or variable and never holds what is in it.</summary>
public sealed class EncryptionKeyException : CrucibleException
{
    public EncryptionKeyException(string message)
        : base(message)
    {
    }

    public EncryptionKeyException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
